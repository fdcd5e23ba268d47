// sentencepiece's compiled normalisation rules: a double-array trie from character sequences to their replacements.
// Applied as `tokenizers`' Precompiled normaliser does. Immutable: may be shared by threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace veneer::tokenizers {

class PrecompiledCharsmap {
 public:
  /// `blob`: the trie's size in bytes as u32, the trie, then the replacements, each ended by a NUL. Throws Error
  /// corrupt_file, which opens with `where`, for one that is cut short or whose replacements are no UTF-8.
  PrecompiledCharsmap(std::string_view blob, std::string_view where);

  /// Takes and gives well-formed UTF-8. Grapheme clusters are ICU's.
  [[nodiscard]] std::string normalize(std::string_view text) const;

 private:
  /// What stands for `chunk` if a rule's left side opens it; the shortest such rule, as the reference.
  [[nodiscard]] std::optional<std::string_view> transform(std::string_view chunk) const;

  std::vector<std::uint32_t> units_;
  std::string replacements_;
};

}  // namespace veneer::tokenizers
