// Added tokens: tokens that are looked for in the text itself, before any splitting (`<|endoftext|>`, say).
// Follows added_vocabulary.rs of the `tokenizers` library, the backend of transformers 5.
// `AddedTokens` is immutable after construction and may be shared by threads.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace veneer::tokenizers {

struct AddedToken {
  std::string content;
  bool single_word = false;  ///< only where no word character stands beside it
  bool lstrip = false;       ///< swallows white space on its left
  bool rstrip = false;       ///< and on its right
  bool normalized = false;   ///< its normalised content is looked for in the normalised text
  bool special = false;      ///< no effect on ids; part of the token's identity in the reference
  bool operator==(const AddedToken&) const = default;
};

/// An added token as tokenizer.json and tokenizer_config.json write it. Throws Error corrupt_file or unsupported, which
/// opens with `where`.
AddedToken read_added_token(const Json& json, const std::string& where);

/// A piece of a text: an added token, or what stands between two of them.
struct TextPiece {
  std::optional<std::int32_t> id;  ///< of the added token
  std::string text;                ///< otherwise: normalised text
};

class AddedTokens {
 public:
  struct Entry {
    AddedToken token;
    std::int32_t id;
  };

  using Normalize = std::function<std::string(std::string_view)>;

  /// Contents are not empty, and stand once. `normalize` is the tokenizer's normalisation of text. Throws Error
  /// unsupported when two of them normalise to the same text.
  AddedTokens(std::vector<Entry> entries, Normalize normalize);

  /// Cuts well-formed UTF-8 at the added tokens and normalises what is between: first at the tokens that are not
  /// normalised, in the raw text; then each piece is normalised and cut at the tokens that are. Leftmost, longest.
  [[nodiscard]] std::vector<TextPiece> split(std::string_view text) const;

 private:
  struct Pattern {
    std::string text;
    std::size_t entry;
  };
  /// Patterns by first byte, longest first.
  using PatternTable = std::array<std::vector<Pattern>, 256>;
  struct Match {
    std::size_t entry, begin, end;
  };

  [[nodiscard]] static const Pattern* pattern_at(const PatternTable& table, std::string_view text, std::size_t at);
  [[nodiscard]] std::vector<Match> matches(const PatternTable& table, std::string_view text) const;

  std::vector<Entry> entries_;
  Normalize normalize_;
  PatternTable raw_, normalized_;
};

}  // namespace veneer::tokenizers
