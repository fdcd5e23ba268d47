#include "docs/page/footnotes.h"

#include <algorithm>

#include "docs/page/fence.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

// What stands behind "[^name]:", if the line begins with it.
struct Definition {
  std::string_view name, text;
};
std::optional<Definition> definition(std::string_view line) {
  const std::size_t indent = indent_of(line);
  const auto name = indent < 4 ? footnote_name(line, indent) : std::nullopt;
  if (!name) return std::nullopt;
  const std::string_view rest = line.substr(indent + name->size() + 3);
  if (!rest.starts_with(':')) return std::nullopt;
  return Definition{*name, trim(rest.substr(1))};
}

// The line without the indentation that makes it part of the definition.
std::string_view content(std::string_view line) {
  return line.substr(std::min<std::size_t>(indent_of(line), 4));
}

}  // namespace

std::optional<std::string_view> footnote_name(std::string_view text, std::size_t begin) {
  if (!text.substr(begin).starts_with("[^")) return std::nullopt;
  const std::size_t end = text.find_first_of("] \t[^", begin + 2);
  if (end == std::string_view::npos || text[end] != ']' || end == begin + 2) return std::nullopt;
  return text.substr(begin + 2, end - begin - 2);
}

void take_footnotes(SourceLines& lines, PreparedText& prepared) {
  FenceState fence;
  for (std::size_t at = 0; at < lines.text.size();) {
    const bool was_open = fence.open();
    const bool code = fence.step(lines.text[at]) || was_open;
    const auto found = code ? std::nullopt : definition(lines.text[at]);
    if (!found) {
      ++at;
      continue;
    }
    Footnote note{.name = std::string(found->name), .text = std::string(found->text), .line = lines.origin[at]};
    lines.text[at++] = {};
    while (at < lines.text.size()) {
      std::size_t next = at;
      while (next < lines.text.size() && trim(lines.text[next]).empty()) ++next;
      const bool goes_on =
          next < lines.text.size() && !definition(lines.text[next]) && (next == at || indent_of(lines.text[next]) >= 2);
      if (!goes_on) break;
      for (; at <= next; ++at) {
        note.text.append("\n").append(content(lines.text[at]));
        lines.text[at] = {};
      }
    }
    const bool is_new = std::ranges::find(prepared.footnotes, note.name, &Footnote::name) == prepared.footnotes.end();
    if (is_new)
      prepared.footnotes.push_back(std::move(note));
    else
      report(prepared, note.line, "unused-footnote", "the footnote [^" + note.name + "] is written twice",
             "the first one stands: give this one another name");
  }
}

}  // namespace veneer::docs
