// Behaviour that no golden shows: odd prompts, their cost, and files that must be refused.
#include "tokenizers/clip_bpe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "base/error.h"
#include "base/json.h"

namespace veneer::tokenizers {
namespace {

using testing::HasSubstr;

const std::filesystem::path kDemo = std::filesystem::path(VENEER_SOURCE_DIR) / "models/demo/tokenizer";

ClipFiles demo_files() {
  ClipFiles files = ClipFiles::read(kDemo);
  files.folder = "clip";
  return files;
}

// vocab.json and merges.txt of three letters.
ClipFiles small_files() {
  return {.folder = "clip",
          .tokenizer = {},
          .vocab = R"({"a": 0, "b": 1, "a</w>": 2, "b</w>": 3, "ab</w>": 4, "<|startoftext|>": 5, "<|endoftext|>": 6})",
          .merges = "#version: 0.2\na b</w>\n",
          .tokenizer_config = R"({"model_max_length": 8})",
          .special_tokens_map = {},
          .added_tokens = {}};
}

std::string refusal(const ClipFiles& files, ErrorCode code) {
  try {
    const ClipTokenizer tokenizer(files);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "accepted";
  return {};
}

std::string refusal_of_json(const std::function<void(Json&)>& change, ErrorCode code = ErrorCode::unsupported) {
  ClipFiles files = demo_files();
  Json json = parse_json(*files.tokenizer, "demo");
  change(json);
  files.tokenizer = json.dump();
  return refusal(files, code);
}

std::string refusal_of_config(const std::string& config, ErrorCode code = ErrorCode::unsupported) {
  ClipFiles files = small_files();
  files.tokenizer_config = config;
  return refusal(files, code);
}

TEST(ClipTokenizer, SmallVocabulary) {
  const ClipTokenizer tokenizer(small_files());
  EXPECT_EQ(tokenizer.encode("ab A").ids, (std::vector<std::int32_t>{5, 4, 2, 6, 6, 6, 6, 6}));
  EXPECT_EQ(tokenizer.tokenize("c"), std::vector<std::int32_t>{6});  // unknown
  EXPECT_EQ(tokenizer.tokenize("cab"), (std::vector<std::int32_t>{6, 4}));
}

TEST(ClipTokenizer, EmptyPromptIsStartAndEnd) {
  const ClipTokenizer tokenizer(small_files());
  for (const char* prompt : {"", "   ", "\n\t"}) {
    EXPECT_EQ(tokenizer.encode(prompt).ids, (std::vector<std::int32_t>{5, 6, 6, 6, 6, 6, 6, 6}));
    EXPECT_EQ(tokenizer.encode(prompt).truncated_text, "");
  }
}

TEST(ClipTokenizer, IllFormedUtf8CountsAsReplacementCharacter) {
  const auto tokenizer = ClipTokenizer::open(kDemo);
  EXPECT_EQ(tokenizer.tokenize("a \xFF\xC3 b"), tokenizer.tokenize("a \uFFFD\uFFFD b"));
  EXPECT_EQ(tokenizer.tokenize("caf\xE9"), tokenizer.tokenize("caf\uFFFD"));
}

TEST(ClipTokenizer, NulIsACharacter) {
  const auto tokenizer = ClipTokenizer::open(kDemo);
  const auto with = tokenizer.tokenize(std::string_view("a\0b", 3));
  EXPECT_EQ(with.size(), tokenizer.tokenize("a").size() + tokenizer.tokenize("b").size() + 1);
}

TEST(ClipTokenizer, TruncatedTextOfACutCharacterShowsReplacements) {
  ClipFiles files = small_files();
  files.tokenizer_config = R"({"model_max_length": 3})";
  EXPECT_EQ(ClipTokenizer(files).encode("ab ab <|endoftext|> b").truncated_text, "ab <|endoftext|>b");
  files = demo_files();
  files.tokenizer_config = R"({"model_max_length": 4})";
  EXPECT_EQ(ClipTokenizer(files).encode("\U0001F642").truncated_text, "\uFFFD\uFFFD");
}

// A step that is quadratic in the prompt takes many minutes for some of these and meets CTest's limit. The slowest
// takes 1 s under the sanitizers.
TEST(ClipTokenizer, HugePromptsCostLittleMoreThanTheirLength) {
  const auto tokenizer = ClipTokenizer::open(kDemo);
  const auto repeat = [](std::string_view part, std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) text += part;
    return text;
  };
  constexpr std::size_t kMegabyte = 1 << 20;
  for (const char* part : {"a", "the", "th", "a photo ", "!", "\u0301\u0323", "\u0301\u0898", "\u09C7\u09BE",
                           "\u1100\u1161\u11A8", "<|endoftext|>", "<|", "'s", "\xFF", "\u0130", " ", "\u3000"}) {
    const std::string prompt = repeat(part, kMegabyte);
    EXPECT_EQ(tokenizer.encode(prompt).ids.size(), 24u) << part;
  }
}

TEST(ClipTokenizer, ThreadsShareOne) {
  const auto tokenizer = ClipTokenizer::open(kDemo);
  const std::string prompt = "A photo of \u00C9lan, it's <|endoftext|> \U0001F642";
  const auto expected = tokenizer.encode(prompt).ids;
  std::vector<std::thread> threads;
  std::vector<int> equal(4);
  for (std::size_t t = 0; t < equal.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) equal[t] += tokenizer.encode(prompt).ids == expected ? 1 : 0;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(equal, std::vector<int>(4, 50));
}

TEST(ClipTokenizer, LengthIsCheckedAndHasADefault) {
  for (const char* config : {"{}", R"({"model_max_length": 1000000000000000019884624838656})"}) {
    ClipFiles files = small_files();
    files.tokenizer_config = config;
    EXPECT_EQ(ClipTokenizer(files).model_max_length(), 77) << config;
  }
  for (const char* config :
       {R"({"model_max_length": 1})", R"({"model_max_length": -3})", R"({"model_max_length": "8"})",
        R"({"model_max_length": 8.5})", R"({"model_max_length": 99999999})"})
    EXPECT_THAT(refusal_of_config(config, ErrorCode::corrupt_file), HasSubstr("model_max_length: expected an integer"));
}

TEST(ClipFiles, MissingFilesAreNamed) {
  EXPECT_THROW(ClipFiles::read("/nonexistent"), Error);
  ClipFiles files = small_files();
  files.merges.reset();
  EXPECT_THAT(refusal(files, ErrorCode::not_found), HasSubstr("expected tokenizer.json, or vocab.json and merges.txt"));
}

TEST(ClipFiles, MalformedMergesNameTheLine) {
  const auto with_merges = [](const char* merges) {
    ClipFiles files = small_files();
    files.merges = merges;
    return refusal(files, ErrorCode::corrupt_file);
  };
  EXPECT_EQ(with_merges("#version: 0.2\na b</w>\nab\n"),
            "clip/merges.txt:3: expected two tokens with one space between, got \"ab\"");
  EXPECT_THAT(with_merges("a b</w> b"), HasSubstr("clip/merges.txt:1: expected two tokens"));
  EXPECT_THAT(with_merges("a b</w>\n\na b</w>\n"), HasSubstr("clip/merges.txt:2: expected two tokens"));
  EXPECT_EQ(with_merges("#version\na zz\n"), "clip/merges.txt:2: expected tokens of the vocabulary, got \"zz\"");
  EXPECT_THAT(with_merges("b a"), HasSubstr("got \"ba\""));  // the result of a merge is a token too
}

TEST(ClipFiles, CarriageReturnsAreNoPartOfAMerge) {
  ClipFiles files = small_files();
  files.merges = "#version: 0.2\r\na b</w>\r\n";
  EXPECT_EQ(ClipTokenizer(files).tokenize("ab"), std::vector<std::int32_t>{4});
}

TEST(ClipFiles, MalformedVocabularyNamesTheToken) {
  const auto with_vocab = [](const char* vocab) {
    ClipFiles files = small_files();
    files.vocab = vocab;
    return refusal(files, ErrorCode::corrupt_file);
  };
  EXPECT_THAT(with_vocab("{\n\"a\": 0,\n\"b\" 1}"), testing::AllOf(HasSubstr("clip/vocab.json"), HasSubstr("line 3")));
  EXPECT_THAT(with_vocab("[]"), HasSubstr("clip/vocab.json: expected an object"));
  EXPECT_THAT(with_vocab(R"({"a": -1})"), HasSubstr("\"a\": expected an id, got -1"));
  EXPECT_THAT(with_vocab(R"({"a": 18446744073709551615})"), HasSubstr("\"a\": expected an id"));
  EXPECT_THAT(with_vocab(R"({"a": 1.5})"), HasSubstr("\"a\": expected an id"));
  EXPECT_THAT(with_vocab(R"({"a": 1, "b": 1})"), HasSubstr("\"b\": expected an id of its own, got 1 again"));
  EXPECT_THAT(with_vocab(R"({"a": 0, "b": 1, "b</w>": 3, "ab</w>": 4})"), HasSubstr("unknown token \"<|endoftext|>\""));
}

TEST(ClipFiles, OtherChainsAreRefusedByName) {
  const auto at = [](const char* pointer, const Json& value) {
    return [=](Json& json) { json[Json::json_pointer(pointer)] = value; };
  };
  EXPECT_THAT(refusal_of_json(at("/normalizer/normalizers/0/type", "NFKC")),
              HasSubstr("clip/tokenizer.json: normalizer/normalizers/0/type: expected NFC, got \"NFKC\""));
  EXPECT_THAT(refusal_of_json(at("/normalizer", nullptr)), HasSubstr("normalizer/type"));
  EXPECT_THAT(refusal_of_json(at("/normalizer/normalizers/3", {{"type", "StripAccents"}})), HasSubstr("3 entries"));
  EXPECT_THAT(refusal_of_json(at("/pre_tokenizer/pretokenizers/0/pattern/Regex", "\\s+")), HasSubstr("pattern/Regex"));
  EXPECT_THAT(refusal_of_json(at("/pre_tokenizer/pretokenizers/1/add_prefix_space", true)),
              HasSubstr("add_prefix_space"));
  EXPECT_THAT(refusal_of_json(at("/model/type", "WordPiece")), HasSubstr("model/type"));
  EXPECT_THAT(refusal_of_json(at("/model/dropout", 0.1)), HasSubstr("model/dropout"));
  EXPECT_THAT(refusal_of_json(at("/model/byte_fallback", true)), HasSubstr("model/byte_fallback"));
  EXPECT_THAT(refusal_of_json(at("/model/end_of_word_suffix", "")), HasSubstr("model/end_of_word_suffix"));
  EXPECT_THAT(refusal_of_json(at("/decoder/type", "BPEDecoder")), HasSubstr("decoder/type"));
  EXPECT_THAT(refusal_of_json(at("/post_processor/type", "BertProcessing")), HasSubstr("post_processor/type"));
  EXPECT_THAT(refusal_of_json(at("/padding/direction", "Left")), HasSubstr("padding/direction"));
  EXPECT_THAT(refusal_of_json(at("/added_tokens/0/glob", true)), HasSubstr("the flag \"glob\""));
  EXPECT_THAT(refusal_of_json(at("/added_tokens/0/lstrip", 3), ErrorCode::corrupt_file), HasSubstr("lstrip"));
  EXPECT_THAT(refusal_of_json(at("/model/merges/1", "nospace"), ErrorCode::corrupt_file), HasSubstr("model.merges[1]"));
  EXPECT_THAT(refusal_of_json([](Json& json) { json["model"].erase("merges"); }, ErrorCode::corrupt_file),
              HasSubstr("model: expected \"merges\""));
  EXPECT_THAT(refusal_of_json(at("/model/vocab/!", "0"), ErrorCode::corrupt_file), HasSubstr("model.vocab: \"!\""));
}

TEST(ClipFiles, MergesInJsonMayBeStrings) {
  ClipFiles files = demo_files();
  Json json = parse_json(*files.tokenizer, "demo");
  for (Json& merge : json["model"]["merges"]) merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
  files.tokenizer = json.dump();
  const std::string prompt = "a photo of a cat's house";
  EXPECT_EQ(ClipTokenizer(files).tokenize(prompt), ClipTokenizer::open(kDemo).tokenize(prompt));
}

TEST(ClipFiles, ConfigurationThatChangesResultsIsRefused) {
  EXPECT_THAT(refusal_of_config(R"({"padding_side": "left"})"), HasSubstr("padding_side: expected \"right\""));
  EXPECT_THAT(refusal_of_config(R"({"truncation_side": "left"})"), HasSubstr("truncation_side"));
  EXPECT_THAT(refusal_of_config(R"({"split_special_tokens": true})"), HasSubstr("split_special_tokens"));
  EXPECT_THAT(refusal_of_config(R"({"tokenizer_class": "T5Tokenizer"})"), HasSubstr("T5Tokenizer"));
  EXPECT_THAT(refusal_of_config(R"({"image_token": "<image>"})"), HasSubstr("image_token"));
  EXPECT_THAT(refusal_of_config(R"({"bos_token": 3})", ErrorCode::corrupt_file), HasSubstr("bos_token"));
  EXPECT_THAT(refusal_of_config(R"({"bos_token": ""})", ErrorCode::corrupt_file), HasSubstr("not empty"));
  EXPECT_THAT(refusal_of_config(R"({"added_tokens_decoder": {"x": {"content": "y"}}})", ErrorCode::corrupt_file),
              HasSubstr("expected an id, got \"x\""));
  EXPECT_THAT(refusal_of_config(R"({"added_tokens_decoder": {"7": {"content": "Y", "normalized": true}, )"
                                R"("8": {"content": "y", "normalized": true}}})"),
              HasSubstr("expected different texts"));
}

TEST(ClipFiles, AddedTokensJsonAndExtraTokens) {
  ClipFiles files = small_files();
  files.added_tokens = R"({"<new>": 7})";
  files.tokenizer_config = R"({"model_max_length": 8, "additional_special_tokens": ["<extra>"]})";
  const ClipTokenizer tokenizer(files);
  EXPECT_EQ(tokenizer.tokenize("ab<NEW>ab<extra>"), (std::vector<std::int32_t>{4, 7, 4, 8}));
  EXPECT_EQ(tokenizer.decode(std::vector<std::int32_t>{4, 7, 4, 8, 12345}), "ab <new>ab <extra>");
}

}  // namespace
}  // namespace veneer::tokenizers
