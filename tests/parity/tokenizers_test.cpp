// Prompts whose ids transformers' CLIPTokenizer and T5Tokenizer wrote (tools/reference/tokenizer_goldens.py and
// t5_tokenizer_goldens.py).
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "tokenizers/clip_bpe.h"
#include "tokenizers/t5_unigram.h"

namespace veneer::tokenizers {
namespace {

const std::filesystem::path kRoot = VENEER_SOURCE_DIR;
const std::filesystem::path kGolden = kRoot / "tests/golden/tokenizer";
const std::filesystem::path kDemo = kRoot / "models/demo/tokenizer";

void expect_equals_golden(const ClipTokenizer& tokenizer, const std::string& name, std::size_t at_least) {
  const Json golden = read_json_file(kGolden / (name + ".json"));
  EXPECT_EQ(tokenizer.model_max_length(), golden["model_max_length"]);
  EXPECT_EQ(tokenizer.pad_token_id(), golden["pad_token_id"]);
  std::size_t truncated = 0;
  for (const Json& entry : golden["cases"]) {
    const auto prompt = entry[0].get<std::string>();
    auto expected = entry[1].get<std::vector<std::int32_t>>();
    expected.resize(golden["model_max_length"].get<std::size_t>(), golden["pad_token_id"].get<std::int32_t>());
    const EncodedPrompt encoded = tokenizer.encode(prompt);
    EXPECT_EQ(encoded.ids, expected) << entry[0].dump(-1, ' ', true);
    EXPECT_EQ(encoded.truncated_text, entry[2].get<std::string>()) << entry[0].dump(-1, ' ', true);
    truncated += encoded.truncated_text.empty() ? 0 : 1;
  }
  EXPECT_GE(golden["cases"].size(), at_least);
  EXPECT_GT(truncated, 5u);
}

// clip6k's vocabulary with the configuration of another folder.
ClipFiles with_config(const std::string& folder) {
  ClipFiles files = ClipFiles::read(kGolden / "clip6k");
  files.tokenizer_config = read_text_file(kGolden / folder / "tokenizer_config.json");
  files.special_tokens_map = read_text_file(kGolden / folder / "special_tokens_map.json");
  return files;
}

TEST(ClipTokenizerParity, Demo) {
  expect_equals_golden(ClipTokenizer::open(kDemo), "demo", 500);
}

TEST(ClipTokenizerParity, DemoFromVocabAndMerges) {
  ClipFiles files = ClipFiles::read(kDemo);
  ASSERT_TRUE(files.tokenizer.has_value());
  files.tokenizer.reset();
  expect_equals_golden(ClipTokenizer(files), "demo", 500);
}

TEST(ClipTokenizerParity, DemoFromTokenizerJsonAlone) {
  ClipFiles files = ClipFiles::read(kDemo);
  files.vocab.reset();
  files.merges.reset();
  expect_equals_golden(ClipTokenizer(files), "demo", 500);
}

TEST(ClipTokenizerParity, StableDiffusion1Files) {
  expect_equals_golden(ClipTokenizer::open(kGolden / "clip6k"), "clip6k", 500);
}

TEST(ClipTokenizerParity, StableDiffusion2Files) {
  const ClipTokenizer tokenizer(with_config("sd2_config"));
  EXPECT_EQ(tokenizer.pad_token_id(), 0);
  expect_equals_golden(tokenizer, "sd2", 150);
}

TEST(ClipTokenizerParity, AddedTokensOfEveryFlag) {
  expect_equals_golden(ClipTokenizer(with_config("added_config")), "added", 100);
}

void expect_equals_t5_golden(const T5Tokenizer& tokenizer, const std::string& name, std::size_t at_least) {
  const Json golden = read_json_file(kGolden / (name + ".json"));
  const auto length = golden["max_length"].get<std::int32_t>();
  EXPECT_EQ(tokenizer.model_max_length(), length);
  EXPECT_EQ(tokenizer.last_token().id + 1, golden["vocabulary"]);
  std::size_t truncated = 0;
  for (const Json& entry : golden["cases"]) {
    auto expected = entry[1].get<std::vector<std::int32_t>>();
    const auto num_tokens = static_cast<std::int32_t>(expected.size());
    expected.resize(static_cast<std::size_t>(length), 0);
    const EncodedPrompt encoded = tokenizer.encode(entry[0].get<std::string>(), length);
    EXPECT_EQ(encoded.ids, expected) << entry[0].dump(-1, ' ', true);
    EXPECT_EQ(encoded.num_tokens, num_tokens) << entry[0].dump(-1, ' ', true);
    EXPECT_EQ(encoded.truncated_text, entry[2].get<std::string>()) << entry[0].dump(-1, ' ', true);
    truncated += encoded.truncated_text.empty() ? 0 : 1;
  }
  EXPECT_GE(golden["cases"].size(), at_least);
  EXPECT_GE(truncated, 2u);
}

TEST(T5TokenizerParity, SentencePieceFile) {
  expect_equals_t5_golden(T5Tokenizer::open(kGolden / "t5"), "t5", 600);
}

TEST(T5TokenizerParity, TokenizerJsonWithDeclaredTokens) {
  expect_equals_t5_golden(T5Tokenizer::open(kGolden / "t5_json"), "t5_json", 140);
}

TEST(T5TokenizerParity, BothFilesMakeTheSame) {
  T5Files files = T5Files::read(kGolden / "t5");
  files.spiece.reset();
  files.tokenizer = read_text_file(kGolden / "t5_json/tokenizer.json");
  expect_equals_t5_golden(T5Tokenizer(files), "t5", 600);
}

}  // namespace
}  // namespace veneer::tokenizers
