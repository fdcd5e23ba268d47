// C++ source text as tokens, as far as a declaration reaches. For cpp*.cpp alone.
//
// A declaration is shown as its source writes it, so that nothing depends on what the compiler could resolve: libclang
// says where a declaration is and what it declares, its tokens say the rest.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace veneer::docs {

struct CppToken {
  enum class Kind { word, number, text, sign, comment };
  Kind kind = Kind::sign;
  std::string_view text;   ///< of the source, or of a macro's definition
  std::size_t offset = 0;  ///< in the source; of a macro's tokens: the macro's
  bool spaced = false;     ///< white space or a comment stands before it

  [[nodiscard]] bool is(std::string_view what) const { return text == what && kind != Kind::text; }
  [[nodiscard]] bool is_word() const { return kind == Kind::word; }
};
using CppTokens = std::span<const CppToken>;

/// The tokens from `begin` to the ';' or the '}' that ends the declaration there, these included. Directives of the
/// preprocessor are left out, comments are not.
std::vector<CppToken> declaration_tokens(std::string_view source, std::size_t begin);
/// All tokens of a text without comments.
std::vector<CppToken> all_tokens(std::string_view text);

/// Behind the bracket that closes the one at `at`: "(", "[", "{" or "<"; tokens.size() if none does. ">>" closes two.
std::size_t behind_bracket(CppTokens tokens, std::size_t at);
/// Behind "[[...]]", "__attribute__((...))", "alignas(...)", "__declspec(...)" at `at`; `at` if there is none.
std::size_t behind_attribute(CppTokens tokens, std::size_t at);
/// Behind a constraint: operands ("(...)", "requires (...) {...}", "A<T>::b") joined by "&&" and "||".
std::size_t behind_constraint(CppTokens tokens, std::size_t at);
/// The first token outside brackets that `stops`; tokens.size() if there is none. "<" counts as a bracket.
std::size_t find_outside(CppTokens tokens, std::size_t at, const std::function<bool(const CppToken&)>& stops);

/// As the source has them: one space where it has white space.
std::string joined(CppTokens tokens);

}  // namespace veneer::docs
