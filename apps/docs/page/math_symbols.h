// LaTeX names of characters. Tables; stateless.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace veneer::docs {

enum class SymbolClass { identifier, operation, large_operator, function, accent_over, accent_under, space, font };

struct MathSymbol {
  std::string_view name;
  SymbolClass kind;
  std::string text;  ///< the character; of a space its width; of a font its mathvariant's first letters
};

/// A letter or digit in one of Unicode's mathematical alphabets: bold, boldit, cal, frak, bb, sf, tt. What an alphabet
/// lacks, and every other character, stays as it is.
char32_t styled_letter(char32_t c, std::string_view font);

/// The symbol \name, without the backslash.
std::optional<MathSymbol> math_symbol(std::string_view name);

}  // namespace veneer::docs
