// Where formulas stand in a text: \\( x \\), $x$, $$ x $$, \\[ x \\]. Stateless.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace veneer::docs {

struct FormulaText {
  std::string content;       ///< between the marks
  std::size_t length = 0;    ///< with the marks: bytes of a line, or lines
  std::string_view after{};  ///< what follows a displayed formula on its last line
};

/// A formula within a line that begins at text[begin].
std::optional<FormulaText> inline_formula(std::string_view text, std::size_t begin);

/// A formula that begins line `at` with $$ or \\[ and ends at the next $$ or \\], before any empty line.
std::optional<FormulaText> displayed_formula(const std::vector<std::string_view>& lines, std::size_t at);

}  // namespace veneer::docs
