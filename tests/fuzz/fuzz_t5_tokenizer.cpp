// The first byte chooses what the others are: a prompt, or one of a T5 tokenizer's files. A prompt always has ids, of
// the right number; a file is refused with an Error or makes a tokenizer that works.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "tokenizers/clip_text.h"
#include "tokenizers/t5_unigram.h"

namespace {

using namespace veneer;
using namespace veneer::tokenizers;

void require(bool condition) {
  if (!condition) std::abort();
}

T5Files small_files() {
  return {.folder = "fuzz",
          .tokenizer = R"({"model": {"vocab": [["<pad>", 0], ["</s>", 0], ["<unk>", 0], ["▁", -2.0], ["▁a", -1.5],)"
                       R"(["a", -1.0], ["b", -1.0], ["ab", -1.5], ["é", -3], ["aaaa", -2]]}})",
          .spiece = {},
          .tokenizer_config = R"({"extra_ids": 2})"};
}

void check_prompt(const T5Tokenizer& tokenizer, std::string_view prompt) {
  const EncodedPrompt encoded = tokenizer.encode(prompt, 8);
  require(encoded.ids.size() == 8 && encoded.num_tokens >= 1 && encoded.num_tokens <= 8);
  require(encoded.ids[static_cast<std::size_t>(encoded.num_tokens - 1)] == 1);
  for (const std::int32_t id : encoded.ids) require(id >= 0 && id <= tokenizer.last_token().id);
  require(replace_ill_formed(encoded.truncated_text) == encoded.truncated_text);
}

void check_file(char kind, std::string_view bytes) {
  T5Files files = small_files();
  if (kind == 'S') {
    files.tokenizer.reset();
    files.spiece = std::string(bytes);
  } else {
    (kind == 'J' ? files.tokenizer : files.tokenizer_config) = std::string(bytes);
  }
  try {
    check_prompt(T5Tokenizer(files), "ab</s> é\u0301 aaaaab <extra_id_0>\u2581b");
  } catch (const Error& error) {
    require(error.code() == ErrorCode::corrupt_file || error.code() == ErrorCode::unsupported);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const T5Tokenizer small(small_files());
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const char kind = static_cast<char>(data[0]);
  if (kind == 'S' || kind == 'J' || kind == 'C')
    check_file(kind, rest);
  else
    check_prompt(small, rest);
  return 0;
}
