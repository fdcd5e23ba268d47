#include "docs/text/yaml_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

// "title: Start: here": a second colon that YAML takes for a key's.
bool has_colon_in_value(std::string_view line) {
  const std::size_t first = line.find(": ");
  if (first == std::string_view::npos || line.substr(0, first).find_first_of("{[\"'") != std::string_view::npos)
    return false;
  const std::string_view value = trim(line.substr(first + 2));
  return !value.starts_with('"') && !value.starts_with('\'') && !value.starts_with('{') &&
         (value.find(": ") != std::string_view::npos || value.ends_with(':'));
}

// "- [a" and "- {a: b": what stands behind the dash.
std::string_view opened_item(std::string_view line) {
  const std::string_view item = line.starts_with("- ") ? trim(line.substr(2)) : std::string_view();
  return item.starts_with('[') || item.starts_with('{') ? item : std::string_view();
}

}  // namespace

bool is_too_deep(std::string_view yaml) {
  int depth = 0;
  for (const char c : yaml) {
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > 64) return true;
  }
  std::size_t dashes = 0;
  for (std::size_t i = 0; i < yaml.size(); ++i) {
    if (yaml[i] == '\n') dashes = 0;
    if (yaml[i] == '-' || yaml[i] == '?' || yaml[i] == ':') ++dashes;
    if (dashes > 200) return true;
  }
  return false;
}

YamlProblem yaml_problem(std::string_view yaml, const YAML::Exception& error) {
  const std::vector<std::string_view> lines = split_lines(yaml);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view indent = lines[i].substr(0, std::min(lines[i].find_first_not_of(" \t"), lines[i].size()));
    if (indent.find('\t') != std::string_view::npos)
      return {static_cast<int>(i) + 1, "the line is indented with a tab", "YAML is indented with spaces"};
  }
  const int last = std::max(1, static_cast<int>(lines.size()));
  const int line = std::clamp(error.mark.line + 1, 1, last);
  if (lines.empty()) return {line, error.msg, ""};
  const std::string_view at = lines[static_cast<std::size_t>(line - 1)];
  // The library stops at the colon or on the line after it.
  for (int near = line; near >= std::max(1, line - 1); --near)
    if (const std::string_view text = lines[static_cast<std::size_t>(near - 1)]; has_colon_in_value(text))
      return {near, fmt::format("`{}` has a colon in its value", trim(text)), "put the value in quotes"};
  for (int near = line; near >= 1; --near) {
    const std::string_view text = trim(lines[static_cast<std::size_t>(near - 1)]);
    const std::size_t colon = text.find(": ");
    const std::string_view item = opened_item(text);
    const std::string_view value =
        item.empty() && colon != std::string_view::npos ? trim(text.substr(colon + 2)) : item;
    for (const std::string_view pair : {"\"\"", "''", "[]", "{}"})
      if (value.starts_with(pair[0]) && value.find(pair[1], 1) == std::string_view::npos)
        return {near, fmt::format("`{}` is opened by {} and never closed", text, pair[0]),
                fmt::format("end it with {}", pair[1])};
  }
  const bool is_key = at.find(':') != std::string_view::npos && !trim(at).starts_with("- ");
  for (int before = line - 1; is_key && before >= 1; --before) {
    const std::string_view text = lines[static_cast<std::size_t>(before - 1)];
    if (trim(text).starts_with("- ") && indent_of(text) == indent_of(at))
      return {line, fmt::format("`{}` has no dash", trim(at)), "begin each entry of a list with `- `"};
  }
  if (line > 1) {
    std::size_t above = static_cast<std::size_t>(line - 1);
    while (above > 0 && trim(lines[above - 1]).empty()) --above;
    if (above > 0 && indent_of(at) != indent_of(lines[above - 1]) && !trim(at).empty())
      return {line, fmt::format("the indentation of `{}` fits no line above it", trim(at)),
              "keys of one entry begin in one column, and the dash of the next entry in that of the last"};
  }
  return {line, error.msg, "write `name: value`, and `- ` before each entry of a list"};
}

}  // namespace veneer::docs
