// T5's tokenizer: prompt in, token ids out, equal to transformers 5.23's T5Tokenizer as diffusers 0.42 calls it. The
// files of both kinds make the same one: white space splits words, each opens with U+2581 and is cut by a unigram
// model.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizers/added_tokens.h"
#include "tokenizers/t5_files.h"
#include "tokenizers/tokenizer.h"
#include "tokenizers/unigram.h"

namespace veneer::tokenizers {

class T5Tokenizer final : public Tokenizer {
 public:
  /// Reads tokenizer.json, or spiece.model where there is none; beside it, where it exists, tokenizer_config.json.
  /// Throws Error not_found, corrupt_file or unsupported; the message names the file and the field.
  static T5Tokenizer open(const std::filesystem::path& folder);

  /// The same from bytes in memory.
  explicit T5Tokenizer(const T5Files& files);

  using Tokenizer::encode;
  /// The prompt's tokens, end, padding. The time is linear in the prompt's length.
  [[nodiscard]] EncodedPrompt encode(std::string_view prompt, std::int32_t length) const override;

  /// The prompt's ids alone: nothing after, cut or padded.
  [[nodiscard]] std::vector<std::int32_t> tokenize(std::string_view prompt) const;

  /// Text of ids, as the reference decodes; unknown ids are left out.
  [[nodiscard]] std::string decode(std::span<const std::int32_t> ids) const;

  [[nodiscard]] std::int32_t model_max_length() const override { return model_max_length_; }
  [[nodiscard]] Token last_token() const override;

 private:
  explicit T5Tokenizer(T5Vocabulary vocabulary);
  [[nodiscard]] std::string_view text_of(std::int32_t id) const;

  std::vector<AddedTokens::Entry> added_entries_;
  AddedTokens added_;
  Unigram unigram_;
  std::int32_t model_max_length_;
};

}  // namespace veneer::tokenizers
