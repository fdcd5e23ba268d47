// Macros that stand for attributes and specifiers ("LIB_API", "LIB_CONSTEXPR", "LIB_DEPRECATED(why)"): a declaration is
// shown with what they say, or without them where they say nothing. Every other macro stays as it is written.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "docs/symbols/cpp_tokens.h"

namespace veneer::docs {

/// static, virtual, constexpr...: what may stand before a declaration's type.
bool is_specifier(std::string_view word);

class CppMacros {
 public:
  /// `definition`: "NAME replacement" or "NAME(a, b) replacement", as behind #define. Its text must outlive the macros.
  void define(std::string_view definition);

  /// Where a declaration begins with the attributes before it, which libclang leaves out, and the macros that stand for
  /// them.
  [[nodiscard]] std::size_t with_attributes(std::string_view source, std::size_t begin) const;

  /// Without comments, and with those macros replaced.
  [[nodiscard]] std::vector<CppToken> expanded(CppTokens tokens) const;

 private:
  [[nodiscard]] bool stands_for_attributes(std::string_view name) const;
  bool expand(CppTokens tokens, std::size_t& at, int depth, std::vector<CppToken>& out) const;
  [[nodiscard]] bool says_nothing_else(CppTokens body, int depth) const;

  std::unordered_map<std::string_view, std::string_view> definitions_;  ///< by name
};

}  // namespace veneer::docs
