// Added tokens: tokens that are looked for in the text itself, before any splitting (`<|endoftext|>`, say).
// Follows added_vocabulary.rs of the `tokenizers` library, the backend of transformers 5.
// `AddedTokens` is immutable after construction and may be shared by threads.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

  /// Contents are not empty, and stand once. Throws Error unsupported when two of them normalise to the same text.
  explicit AddedTokens(std::vector<Entry> entries);

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
  PatternTable raw_, normalized_;
};

}  // namespace veneer::tokenizers
