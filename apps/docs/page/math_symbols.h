// LaTeX names of characters. Tables; stateless.
#pragma once

#include <optional>
#include <string_view>

namespace veneer::docs {

enum class SymbolClass { identifier, operation, large_operator, function, accent_over, accent_under, space, font };

struct Symbol {
  std::string_view name;
  SymbolClass kind;
  std::string_view text;  ///< the character; of a space its width; of a font its mathvariant's first letters
};

/// The symbol \name, without the backslash.
std::optional<Symbol> math_symbol(std::string_view name);

}  // namespace veneer::docs
