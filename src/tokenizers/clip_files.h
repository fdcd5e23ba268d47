// A CLIP tokenizer's files, read into one description. Values; owned by whoever holds them.
//
// Follows CLIPTokenizer.from_pretrained of transformers 5.23: `tokenizer.json` goes before `vocab.json` + `merges.txt`;
// `special_tokens_map.json`, `added_tokens.json` and the added tokens of `tokenizer.json` count only where
// `tokenizer_config.json` has no `added_tokens_decoder`; the map goes before the configuration.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tokenizers/added_tokens.h"
#include "tokenizers/byte_pairs.h"

namespace veneer::tokenizers {

/// The files' texts; those that do not exist are empty optionals.
struct ClipFiles {
  std::filesystem::path folder;                   ///< names the files in messages
  std::optional<std::string> tokenizer;           ///< tokenizer.json
  std::optional<std::string> vocab;               ///< vocab.json
  std::optional<std::string> merges;              ///< merges.txt
  std::optional<std::string> tokenizer_config;    ///< tokenizer_config.json
  std::optional<std::string> special_tokens_map;  ///< special_tokens_map.json
  std::optional<std::string> added_tokens;        ///< added_tokens.json

  /// Throws Error not_found where the folder has neither tokenizer.json nor vocab.json with merges.txt.
  static ClipFiles read(const std::filesystem::path& folder);
};

using TokenIds = std::unordered_map<std::string, std::int32_t>;

struct ClipVocabulary {
  TokenIds ids;  ///< the model's tokens, in ByteLevel's alphabet
  std::vector<MergeRule> merges;
  std::vector<AddedTokens::Entry> added;
  std::int32_t bos_id, eos_id, pad_id, unk_id;
  std::int32_t model_max_length;
};

/// Length in tokens where no file names one: that of all of OpenAI's CLIP text encoders.
inline constexpr std::int32_t kClipModelMaxLength = 77;

/// Throws Error corrupt_file (not JSON, a merge of unknown tokens, an id twice: the message names the file and the line
/// or the token) or unsupported (a setting that changes the result and that this tokenizer does not have).
ClipVocabulary read_clip_vocabulary(const ClipFiles& files);

}  // namespace veneer::tokenizers
