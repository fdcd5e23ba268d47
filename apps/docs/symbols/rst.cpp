#include "docs/symbols/rst.h"

#include <array>
#include <utility>
#include <vector>

#include "docs/symbols/docstring_text.h"

namespace veneer::docs {
namespace {

struct Role {
  std::string_view written, before, after;
};
constexpr std::array<Role, 6> kRoles{{{":obj:`", "`", "`"},
                                      {":class:`", "[`", "`]"},
                                      {":func:`", "[`", "`]"},
                                      {":meth:`", "[`", "`]"},
                                      {":attr:`", "`", "`"},
                                      {":math:`", "\\\\(", "\\\\)"}}};

// Replaces the roles of one line; the first one found, or empty.
std::string_view replace_roles(std::string& line) {
  std::string_view found;
  for (const Role& role : kRoles) {
    for (std::size_t at = line.find(role.written); at != std::string::npos; at = line.find(role.written, at + 1)) {
      const std::size_t begin = at + role.written.size(), end = line.find('`', begin);
      if (end == std::string::npos) break;
      const std::string inside = line.substr(begin, end - begin);
      line.replace(at, end + 1 - at, std::string(role.before).append(inside).append(role.after));
      if (found.empty()) found = role.written;
    }
  }
  return found;
}

bool opens_literal_block(const DocLine& line) {
  const std::string_view text = line.trimmed();
  return text.size() > 2 && text.ends_with("::") && text.find('`') == std::string_view::npos && !text.starts_with("..");
}

}  // namespace

std::string replace_rst(std::string_view text, const SourcePosition& where, Findings& findings) {
  if (text.find(":`") == std::string_view::npos && text.find("::") == std::string_view::npos) return std::string(text);
  std::vector<DocLine> lines = split_lines(text, where.line);
  std::vector<std::string> out;
  FenceTracker fence;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (fence.inside(lines[i])) {
      out.push_back(lines[i].text);
      continue;
    }
    if (const std::string_view role = replace_roles(lines[i].text); !role.empty())
      findings.push_back(
          {.where = {where.file, lines[i].number},
           .rule = "rst-role",
           .message = "the role " + std::string(role.substr(0, role.size() - 1)) + " is reStructuredText",
           .suggestion = "write [`X`] for a reference, `x` for code"});
    std::size_t next = i + 1;
    while (next < lines.size() && lines[next].is_blank()) ++next;
    const std::size_t indent = lines[i].indent();
    if (!opens_literal_block(lines[i]) || next == lines.size() || lines[next].indent() <= indent) {
      out.push_back(lines[i].text);
      continue;
    }
    out.push_back(lines[i].text.substr(0, lines[i].text.rfind(':')));
    const std::size_t block_indent = lines[next].indent();
    std::size_t end = next;
    while (end < lines.size() && (lines[end].is_blank() || lines[end].indent() >= block_indent)) ++end;
    while (lines[end - 1].is_blank()) --end;
    // The fence's first line takes the place of the blank line before the block.
    for (std::size_t blank = i + 2; blank < next; ++blank) out.emplace_back();
    out.push_back(std::string(block_indent, ' ') + "```python");
    for (std::size_t line = next; line < end; ++line) out.push_back(lines[line].text);
    out.push_back(std::string(block_indent, ' ') + "```");
    i = end < lines.size() && lines[end].is_blank() ? end : end - 1;
  }
  std::string joined;
  for (const std::string& line : out) joined.append(joined.empty() && &line == &out.front() ? "" : "\n").append(line);
  return joined;
}

}  // namespace veneer::docs
