#include "docs/page/directive_text.h"

#include "docs/page/include.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

// The word after "[[autodoc]]", if that is all there is on the line.
std::optional<std::string_view> directive_object(std::string_view line) {
  constexpr std::string_view kDirective = "[[autodoc]]";
  line = trim(line);
  if (!line.starts_with(kDirective) || line.size() == kDirective.size()) return std::nullopt;
  if (line[kDirective.size()] != ' ' && line[kDirective.size()] != '\t') return std::nullopt;
  const std::string_view object = trim(line.substr(kDirective.size()));
  if (object.find_first_of(" \t") != std::string_view::npos) return std::nullopt;
  return object;
}

// "- name" and nothing else.
std::optional<std::string_view> member_name(std::string_view line) {
  line = trim(line);
  if (line.size() < 3 || line[0] != '-' || (line[1] != ' ' && line[1] != '\t')) return std::nullopt;
  const std::string_view name = trim(line.substr(1));
  if (name.empty() || name.find_first_of(" \t") != std::string_view::npos) return std::nullopt;
  return name;
}

}  // namespace

std::optional<DirectiveText> directive_at(const std::vector<std::string_view>& lines, std::size_t at) {
  const auto object = directive_object(lines[at]);
  if (!object) return std::nullopt;
  DirectiveText found;
  found.directive.object = *object;
  std::size_t next = at + 1;
  while (next < lines.size() && trim(lines[next]).empty()) ++next;
  if (next < lines.size() && indent_of(lines[next]) > indent_of(lines[at]) && member_name(lines[next])) {
    const std::size_t indent = indent_of(lines[next]);
    while (next < lines.size()) {
      if (!trim(lines[next]).empty()) {
        const auto name = member_name(lines[next]);
        if (!name || indent_of(lines[next]) != indent) break;
        found.directive.members.emplace_back(*name);
      }
      ++next;
    }
  }
  found.lines = next - at;
  return found;
}

}  // namespace veneer::docs
