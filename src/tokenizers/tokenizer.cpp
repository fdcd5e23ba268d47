#include "tokenizers/tokenizer.h"

#include "base/file.h"
#include "base/json.h"
#include "tokenizers/clip_bpe.h"
#include "tokenizers/t5_unigram.h"

namespace veneer::tokenizers {
namespace {

bool is_unigram(const std::filesystem::path& folder) {
  const auto path = folder / "tokenizer.json";
  if (!std::filesystem::exists(path)) return std::filesystem::exists(folder / "spiece.model");
  const Json tokenizer = parse_json(read_text_file(path), path.string());
  const auto model = tokenizer.is_object() ? tokenizer.find("model") : tokenizer.end();
  return model != tokenizer.end() && model->is_object() && model->contains("vocab") && (*model)["vocab"].is_array();
}

}  // namespace

std::unique_ptr<const Tokenizer> open_tokenizer(const std::filesystem::path& folder) {
  if (is_unigram(folder)) return std::make_unique<const T5Tokenizer>(T5Tokenizer::open(folder));
  return std::make_unique<const ClipTokenizer>(ClipTokenizer::open(folder));
}

}  // namespace veneer::tokenizers
