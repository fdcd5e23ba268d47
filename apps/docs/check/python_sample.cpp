#include "docs/check/python_sample.h"

#include <algorithm>
#include <string>
#include <vector>

#include "docs/symbols/python_syntax.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

bool is_prompt(std::string_view line) {
  return line.starts_with(">>>") || line.starts_with("...");
}

std::size_t common_indent(const std::vector<std::string_view>& lines) {
  std::size_t indent = std::string_view::npos;
  for (const std::string_view line : lines) indent = std::min(indent, line.find_first_not_of(" \t"));
  return indent;
}

// Line by line, so that numbers stay: what is not Python's own is an empty line.
std::string python_of(std::string_view code) {
  std::vector<std::string_view> lines = split_lines(code);
  const std::size_t indent = common_indent(lines);
  const bool is_session =
      std::any_of(lines.begin(), lines.end(), [](std::string_view line) { return trim(line).starts_with(">>> "); });
  std::string out;
  for (std::string_view line : lines) {
    line.remove_prefix(std::min(indent, line.size()));
    if (is_session) line = is_prompt(line) ? line.substr(std::min<std::size_t>(4, line.size())) : std::string_view();
    const std::string_view text = trim(line);
    if (!text.starts_with('!') && !text.starts_with('%')) out += line;
    out += '\n';
  }
  return out;
}

// The innermost error is nearest to what is wrong: those around it begin where the statement does.
std::optional<int> error_line(SyntaxNode node) {
  for (const SyntaxNode& child : node.children())
    if (child.has_error() || child.is_error())
      if (const auto line = error_line(child)) return line;
  return node.is_error() ? std::optional(node.line()) : std::nullopt;
}

}  // namespace

std::optional<int> first_bad_python_line(std::string_view code) {
  const std::string python = python_of(code);
  const PythonSyntax syntax(python);
  if (!syntax.root().has_error()) return std::nullopt;
  return error_line(syntax.root()).value_or(1);
}

}  // namespace veneer::docs
