// The first byte chooses what the others are: a prompt for one of two tokenizers, or one of a tokenizer's files.
// A prompt always has ids, of the right number, and its truncated text is well-formed; a file is refused with an Error
// or makes a tokenizer that works.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "tokenizers/clip_bpe.h"
#include "tokenizers/clip_text.h"

namespace {

using namespace veneer;
using namespace veneer::tokenizers;

void require(bool condition) {
  if (!condition) std::abort();
}

ClipFiles small_files() {
  return {.folder = "fuzz",
          .tokenizer = {},
          .vocab = R"({"a": 0, "b": 1, "s": 2, "'": 3, "a</w>": 4, "b</w>": 5, "s</w>": 6, "ab</w>": 7, "'s</w>": 8,)"
                   R"("aa": 9, "aaaa": 10, "<|startoftext|>": 11, "<|endoftext|>": 12, "<": 13, "|": 14, "Ì": 15})",
          .merges = "#version: 0.2\na b</w>\na a\naa aa\n' s</w>\n",
          .tokenizer_config = R"({"model_max_length": 8})",
          .special_tokens_map = {},
          .added_tokens = {}};
}

// Added tokens of every flag.
ClipFiles added_files() {
  ClipFiles files = small_files();
  files.tokenizer_config =
      R"({"model_max_length": 8, "pad_token": "!", "added_tokens_decoder": {)"
      R"("11": {"content": "<|startoftext|>", "normalized": true}, "12": {"content": "<|endoftext|>", "special": true},)"
      R"("17": {"content": "L", "lstrip": true, "normalized": false}, "18": {"content": "R", "rstrip": true},)"
      R"("19": {"content": " B ", "lstrip": true, "rstrip": true}, "20": {"content": "W", "single_word": true}}})";
  return files;
}

void check_prompt(const ClipTokenizer& tokenizer, std::string_view prompt) {
  const EncodedPrompt encoded = tokenizer.encode(prompt);
  require(encoded.ids.size() == static_cast<std::size_t>(tokenizer.model_max_length()));
  require(encoded.ids.front() == tokenizer.bos_token_id());
  require(std::find(encoded.ids.begin() + 1, encoded.ids.end(), tokenizer.eos_token_id()) != encoded.ids.end());
  require(replace_ill_formed(encoded.truncated_text) == encoded.truncated_text);
  require(tokenizer.tokenize(prompt) == tokenizer.tokenize(replace_ill_formed(prompt)));

  // Every byte of a normalised text is in a word or is white space.
  const std::string normal = normalize_clip(replace_ill_formed(prompt));
  std::size_t in_words = 0;
  for (const std::string_view word : split_words(normal)) in_words += word.size();
  require(in_words + static_cast<std::size_t>(std::count(normal.begin(), normal.end(), ' ')) == normal.size());
}

void check_file(std::uint8_t kind, std::string_view text) {
  ClipFiles files = small_files();
  std::optional<std::string>* const parts[] = {
      &files.tokenizer,          &files.vocab,       &files.merges, &files.tokenizer_config,
      &files.special_tokens_map, &files.added_tokens};
  *parts[kind % std::size(parts)] = std::string(text);
  try {
    check_prompt(ClipTokenizer(files), "ab's <|endoftext|> aaaaab");
  } catch (const Error& error) {
    require(error.code() == ErrorCode::corrupt_file || error.code() == ErrorCode::unsupported);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ClipTokenizer small(small_files()), added(added_files());
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] >= 'A' && data[0] <= 'F')
    check_file(static_cast<std::uint8_t>(data[0] - 'A'), text);
  else
    check_prompt(data[0] % 2 == 0 ? small : added, text);
  return 0;
}
