#include "docs/symbols/rst.h"

#include <algorithm>
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

// Replaces `text <address>`_ in one line; the first one found, or empty.
std::string replace_links(std::string& line) {
  std::string found;
  for (std::size_t end = line.find(">`_"); end != std::string::npos; end = line.find(">`_", end)) {
    const std::size_t begin = end == 0 ? std::string::npos : line.rfind('`', end - 1);
    const std::size_t address = line.rfind('<', end);
    if (begin == std::string::npos || address == std::string::npos || address < begin) break;
    std::size_t behind = end + 3;
    if (behind < line.size() && line[behind] == '_') ++behind;
    if (found.empty()) found = line.substr(begin, behind - begin);
    std::string text = line.substr(begin + 1, address - begin - 1);
    text.erase(text.find_last_not_of(' ') + 1);
    const std::string link = "[" + text + "](" + line.substr(address + 1, end - address - 1) + ")";
    line.replace(begin, behind - begin, link);
    end = begin + link.size();
  }
  return found;
}

// A role or link may go on in the next line: what belongs to it moves up, or down if nothing stands behind it there.
void complete(std::string& line, std::string& next) {
  const std::size_t open = line.rfind('`'), close = next.find('`');
  if (open == std::string::npos || close == std::string::npos) return;
  const std::string_view before = std::string_view(line).substr(0, open + 1);
  const auto* role =
      std::ranges::find_if(kRoles, [&](const Role& candidate) { return before.ends_with(candidate.written); });
  const bool is_link = close > 0 && next[close - 1] == '>' && next.substr(close).starts_with("`_") &&
                       std::ranges::count(line, '`') % 2 == 1;
  if (role == kRoles.end() && !is_link) return;
  const std::size_t indent = next.find_first_not_of(' ');
  const std::size_t end = std::min(next.find_first_not_of('_', close + 1), next.size());
  if (const std::size_t behind = next.find_first_not_of(' ', end); behind != std::string::npos) {
    line.append(" ").append(next, indent, end - indent);
    next.erase(indent, behind - indent);
    return;
  }
  const std::size_t begin = open + 1 - (is_link ? 1 : role->written.size());
  next.insert(indent, line.substr(begin) + " ");
  line.erase(begin);
  line.erase(line.find_last_not_of(' ') + 1);
}

bool opens_literal_block(const DocLine& line) {
  const std::string_view text = line.trimmed();
  return text.size() > 2 && text.ends_with("::") && text.find('`') == std::string_view::npos && !text.starts_with("..");
}

}  // namespace

std::string replace_rst(std::string_view text, const SourcePosition& where, Findings& findings) {
  constexpr std::array<std::string_view, 3> kSigns{":`", "::", ">`_"};
  if (std::ranges::none_of(kSigns, [&](std::string_view sign) { return text.find(sign) != std::string_view::npos; }))
    return std::string(text);
  std::vector<DocLine> lines = split_lines(text, where.line);
  std::vector<std::string> out;
  FenceTracker fence;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (fence.inside(lines[i])) {
      out.push_back(lines[i].text);
      continue;
    }
    if (i + 1 < lines.size()) complete(lines[i].text, lines[i + 1].text);
    if (const std::string link = replace_links(lines[i].text); !link.empty())
      findings.push_back({.where = {where.file, lines[i].number},
                          .rule = "rst-link",
                          .message = "the link " + link + " is reStructuredText",
                          .suggestion = "write [text](address)"});
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
