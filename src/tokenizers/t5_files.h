// A T5 tokenizer's files, read into one description. Values; owned by whoever holds them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tokenizers/added_tokens.h"
#include "tokenizers/precompiled_charsmap.h"
#include "tokenizers/unigram.h"

namespace veneer::tokenizers {

/// The files' bytes; those that do not exist are empty optionals.
struct T5Files {
  std::filesystem::path folder;                 ///< names the files in messages
  std::optional<std::string> tokenizer;         ///< tokenizer.json
  std::optional<std::string> spiece;            ///< spiece.model
  std::optional<std::string> tokenizer_config;  ///< tokenizer_config.json

  /// Throws Error not_found where the folder has neither tokenizer.json nor spiece.model.
  static T5Files read(const std::filesystem::path& folder);
};

inline constexpr std::int32_t kT5Pad = 0;
inline constexpr std::int32_t kT5End = 1;
inline constexpr std::int32_t kT5Unknown = 2;

/// What T5Tokenizer takes from the files.
struct T5Vocabulary {
  std::vector<Unigram::Piece> pieces;
  std::optional<PrecompiledCharsmap> charsmap;
  std::vector<AddedTokens::Entry> added;
  std::int32_t model_max_length = 0;
};

/// tokenizer.json goes before spiece.model. Throws Error corrupt_file or unsupported; the message names the file.
T5Vocabulary read_t5_vocabulary(const T5Files& files);

}  // namespace veneer::tokenizers
