// The settings in a CLIP tokenizer's files: special tokens, added tokens, length; and the refusal of what would change
// the result and is not implemented. Part of clip_files; free of state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "tokenizers/added_tokens.h"
#include "tokenizers/clip_files.h"

namespace veneer::tokenizers {

struct ClipSettings {
  std::string bos, eos, pad, unk;
  std::vector<AddedToken> added;  ///< in the order in which the reference adds them; a later one replaces an earlier
  std::int32_t model_max_length = kClipModelMaxLength;
};

/// `tokenizer` is the content of tokenizer.json, null where there is none.
ClipSettings read_clip_settings(const ClipFiles& files, const Json& tokenizer);

/// Throws Error unsupported, naming the field, unless `tokenizer` (the content of tokenizer.json) describes CLIP's
/// chain.
void require_clip_chain(const Json& tokenizer, const std::string& where);

/// model_max_length (or max_len) of a tokenizer_config.json; `unlimited` where it names none, or 1e30 as transformers
/// writes where it knows none. Throws Error corrupt_file.
std::int32_t read_model_max_length(const Json& config, const std::string& where, std::int32_t unlimited);

}  // namespace veneer::tokenizers
