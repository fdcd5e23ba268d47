#include "docs/page/formula_text.h"

#include <algorithm>

#include "docs/page/raw_html.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

// "$x$" with no space inside the dollars and none but space or punctuation behind them. What may be a tag or a shell's
// variable ("${HOME}") is none.
std::optional<FormulaText> dollar_formula(std::string_view text) {
  std::size_t end = text.find_first_of("$`", 1);
  while (end != std::string_view::npos && text[end] == '$' && text[end - 1] == '\\')
    end = text.find_first_of("$`", end + 1);
  if (end == std::string_view::npos || text[end] != '$' || end < 2) return std::nullopt;
  const std::string_view content = text.substr(1, end - 1);
  if (content.front() == ' ' || content.back() == ' ') return std::nullopt;
  if (content.front() == '{' && content.find_first_of("_^\\") == std::string_view::npos) return std::nullopt;
  for (std::size_t sign = content.find('<'); sign != std::string_view::npos; sign = content.find('<', sign + 1))
    if (parse_tag(text.substr(1 + sign)) || content.substr(sign).starts_with("<!--")) return std::nullopt;
  if (end + 1 < text.size() && std::string_view(" \t.,;:!?)|'\"-").find(text[end + 1]) == std::string_view::npos)
    return std::nullopt;
  return FormulaText{std::string(content), end + 1, {}};
}

}  // namespace

std::optional<FormulaText> inline_formula(std::string_view text, std::size_t begin) {
  const bool after_space = begin == 0 || text[begin - 1] == ' ' || text[begin - 1] == '\t' || text[begin - 1] == '(' ||
                           text[begin - 1] == '|';
  if (!after_space) return std::nullopt;
  const std::string_view rest = text.substr(begin);
  if (rest.starts_with('$')) return dollar_formula(rest);
  if (!rest.starts_with("\\\\(")) return std::nullopt;
  const std::size_t end = rest.find("\\\\)", 3);
  if (end == std::string_view::npos) return std::nullopt;
  return FormulaText{std::string(rest.substr(3, end - 3)), end + 3, {}};
}

std::optional<FormulaText> displayed_formula(const std::vector<std::string_view>& lines, std::size_t at) {
  constexpr std::size_t kMostLines = 100;
  std::string_view rest = trim(lines[at]);
  const bool dollars = rest.starts_with("$$");
  if (!dollars && !rest.starts_with("\\\\[")) return std::nullopt;
  const std::string_view closing = dollars ? "$$" : "\\\\]";
  rest.remove_prefix(closing.size());
  FormulaText formula;
  for (std::size_t next = at; next < std::min(lines.size(), at + kMostLines); ++next) {
    if (next > at) rest = trim(lines[next]);
    if (next > at && rest.empty()) return std::nullopt;
    const std::size_t end = rest.find(closing);
    formula.content += rest.substr(0, end);
    if (end == std::string_view::npos) {
      formula.content += '\n';
      continue;
    }
    if (trim(formula.content).empty()) return std::nullopt;
    formula.after = trim(rest.substr(end + closing.size()));
    formula.length = next + 1 - at;
    return formula;
  }
  return std::nullopt;
}

}  // namespace veneer::docs
