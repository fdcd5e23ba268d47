// Behaviour that no golden shows: malformed files, their messages, odd lengths.
#include "tokenizers/t5_unigram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "tokenizers/sentencepiece_model.h"

namespace veneer::tokenizers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::filesystem::path kSpiece = VENEER_SOURCE_DIR "/tests/golden/tokenizer/t5/spiece.model";

T5Files files_with(std::string tokenizer, std::string config = "{}") {
  return {.folder = "t5", .tokenizer = std::move(tokenizer), .spiece = {}, .tokenizer_config = std::move(config)};
}

constexpr std::string_view kVocab =
    R"(["<pad>", 0], ["</s>", 0], ["<unk>", 0], ["▁", -2.0], ["▁a", -1.5], ["a", -1.0], ["b", -1.0], ["ab", -1.5])";

T5Files small_files(std::string config = "{}") {
  return files_with(fmt::format(R"({{"model": {{"type": "Unigram", "vocab": [{}]}}}})", kVocab), std::move(config));
}

std::string refusal(const T5Files& files, ErrorCode code) {
  try {
    const T5Tokenizer tokenizer(files);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "accepted";
}

TEST(T5Tokenizer, TakesTheMostLikelyCutAndFusesWhatIsUnknown) {
  const T5Tokenizer tokenizer(small_files());
  EXPECT_THAT(tokenizer.tokenize("ab"), ElementsAre(4, 6)) << "-1.5 - 1.0 is more than -2.0 - 1.5";
  EXPECT_THAT(tokenizer.tokenize("xyab"), ElementsAre(3, 2, 7));
  EXPECT_THAT(tokenizer.tokenize(""), ElementsAre());
  EXPECT_THAT(tokenizer.tokenize("\xff"), ElementsAre(3, 2)) << "U+FFFD";
}

TEST(T5Tokenizer, EndsAndPads) {
  const T5Tokenizer tokenizer(small_files());
  const EncodedPrompt short_prompt = tokenizer.encode("a", 4);
  EXPECT_THAT(short_prompt.ids, ElementsAre(4, 1, 0, 0));
  EXPECT_EQ(short_prompt.num_tokens, 2);
  EXPECT_EQ(short_prompt.end, 1);
  const EncodedPrompt cut = tokenizer.encode("a </s> a b", 4);
  EXPECT_THAT(cut.ids, ElementsAre(4, 1, 4, 1));
  EXPECT_EQ(cut.end, 1) << "the first end";
  EXPECT_EQ(cut.truncated_text, "b");
  EXPECT_THAT(tokenizer.encode("a", 1).ids, ElementsAre(1));
  EXPECT_THROW((void)tokenizer.encode("a", 0), Error);
  EXPECT_EQ(tokenizer.model_max_length(), 512);
  EXPECT_EQ(tokenizer.last_token().id, 107);
}

TEST(T5Tokenizer, FilesThatMakeNoSenseAreRefusedByName) {
  using enum ErrorCode;
  const auto model = [](std::string_view text) { return files_with(fmt::format(R"({{"model": {}}})", text)); };
  EXPECT_THAT(refusal(files_with("{"), corrupt_file), HasSubstr("t5/tokenizer.json"));
  EXPECT_EQ(refusal(files_with("{}"), corrupt_file), "t5/tokenizer.json: expected \"model\"");
  EXPECT_THAT(refusal(model(R"({"type": "BPE"})"), unsupported),
              HasSubstr("model.type: expected \"Unigram\", got \"BPE\""));
  EXPECT_THAT(refusal(model("7"), unsupported), HasSubstr("model.type"));
  EXPECT_THAT(refusal(model(R"({"vocab": []})"), corrupt_file), HasSubstr("model.vocab: expected a list of pieces"));
  EXPECT_THAT(refusal(model(R"({"vocab": [["a"]]})"), corrupt_file), HasSubstr("model.vocab[0]: expected a piece"));
  EXPECT_THAT(refusal(model(R"({"vocab": [["a", 0]]})"), unsupported), HasSubstr("expected \"<pad>\" as token 0"));
  EXPECT_THAT(refusal(small_files(R"({"eos_token": "<end>"})"), unsupported),
              HasSubstr("eos_token: expected \"</s>\""));
  EXPECT_THAT(refusal(small_files(R"({"padding_side": "left"})"), unsupported), HasSubstr("padding_side"));
  EXPECT_THAT(refusal(small_files(R"({"extra_ids": -1})"), corrupt_file), HasSubstr("extra_ids"));
  EXPECT_THAT(refusal(small_files(R"({"added_tokens_decoder": {"x": {"content": "a"}}})"), corrupt_file),
              HasSubstr("expected an id"));
  EXPECT_THROW(T5Tokenizer::open("/nonexistent"), Error);
}

TEST(T5Tokenizer, ACharsmapThatLiesIsRefusedOrHarmless) {
  const auto with_charsmap = [](std::string_view base64) {
    return files_with(fmt::format(
        R"({{"normalizer": {{"type": "Precompiled", "precompiled_charsmap": "{}"}}, "model": {{"vocab": [{}]}}}})",
        base64, kVocab));
  };
  EXPECT_THAT(refusal(with_charsmap("AAA"), ErrorCode::corrupt_file), HasSubstr("expected at least 4 bytes, got 2"));
  EXPECT_THAT(refusal(with_charsmap("/////w=="), ErrorCode::corrupt_file), HasSubstr("expected a trie"));
  EXPECT_THAT(refusal(with_charsmap("*"), ErrorCode::corrupt_file), HasSubstr("expected base64"));
  // A trie of one unit that points far outside.
  const T5Tokenizer tokenizer(with_charsmap("BAAAAP///38="));
  EXPECT_THAT(tokenizer.tokenize("ab"), ElementsAre(4, 6));
}

TEST(SentencePieceModel, EveryTruncationIsRefusedOrReadAsLess) {
  const std::string whole = read_text_file(kSpiece);
  const SentencePieceModel model = SentencePieceModel::parse(whole, "spiece.model");
  ASSERT_EQ(model.pieces.size(), 2400u);
  EXPECT_EQ(model.unknown_id, 2);
  for (std::size_t size = 0; size < whole.size(); size += 1 + size / 50) {
    try {
      EXPECT_LE(SentencePieceModel::parse(std::string_view(whole).substr(0, size), "cut").pieces.size(), 2400u);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt_file);
      EXPECT_THAT(error.what(), testing::StartsWith("cut: "));
    }
  }
}

TEST(SentencePieceModel, WhatIsNoProtocolBufferIsRefused) {
  for (const std::string_view bytes :
       {"\x0b", "\x0a\xff", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "", "\x0a\x02\x0a\x05"})
    EXPECT_THROW((void)SentencePieceModel::parse(bytes, "spiece.model"), Error) << bytes;
  EXPECT_THROW((void)SentencePieceModel::parse("\x0a\x03\x0a\x01\xff", "spiece.model"), Error) << "not UTF-8";
}

}  // namespace
}  // namespace veneer::tokenizers
