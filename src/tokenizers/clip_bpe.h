// CLIP's byte-pair tokenizer: prompt in, token ids out, equal to transformers 5.23's CLIPTokenizer as diffusers 0.42
// calls it. `ClipTokenizer` owns its tables, is immutable after construction, and may be shared by threads.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tokenizers/added_tokens.h"
#include "tokenizers/byte_pairs.h"
#include "tokenizers/clip_files.h"
#include "tokenizers/tokenizer.h"

namespace veneer::tokenizers {

class ClipTokenizer : public Tokenizer {
 public:
  /// Reads tokenizer.json, or vocab.json and merges.txt; beside them, where they exist, tokenizer_config.json,
  /// special_tokens_map.json and added_tokens.json. Throws Error not_found, corrupt_file or unsupported; the message
  /// names the file, and the line or field.
  static ClipTokenizer open(const std::filesystem::path& folder);

  /// The same from texts in memory.
  explicit ClipTokenizer(const ClipFiles& files);

  using Tokenizer::encode;
  /// Start, the prompt's tokens, end, padding. The time is n log n in the prompt's length at most.
  [[nodiscard]] EncodedPrompt encode(std::string_view prompt, std::int32_t length) const override;

  /// The prompt's ids alone: nothing before, after, cut or padded.
  [[nodiscard]] std::vector<std::int32_t> tokenize(std::string_view prompt) const;

  /// Text of ids, as the reference decodes: a space for each end of word, none at either end, special tokens shown;
  /// unknown ids are left out.
  [[nodiscard]] std::string decode(std::span<const std::int32_t> ids) const;

  [[nodiscard]] std::int32_t model_max_length() const override { return model_max_length_; }
  [[nodiscard]] std::int32_t bos_token_id() const { return bos_id_; }
  [[nodiscard]] std::int32_t eos_token_id() const { return eos_id_; }
  [[nodiscard]] std::int32_t pad_token_id() const { return pad_id_; }

  [[nodiscard]] Token last_token() const override;

 private:
  explicit ClipTokenizer(ClipVocabulary vocabulary);
  void append_word(std::string_view word, std::vector<std::int32_t>& ids) const;

  AddedTokens added_;
  BytePairs pairs_;
  std::array<std::int32_t, 256> byte_ids_;               // of a byte within a word
  std::array<std::int32_t, 256> last_byte_ids_;          // of the byte that ends a word
  std::unordered_map<std::int32_t, std::string> texts_;  // bytes that a token stands for
  std::int32_t bos_id_, eos_id_, pad_id_, model_max_length_;
};

}  // namespace veneer::tokenizers
