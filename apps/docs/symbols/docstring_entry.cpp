#include "docs/symbols/docstring_entry.h"

#include <algorithm>
#include <cctype>

namespace veneer::docs {
namespace {

// The first colon outside brackets and code; not that of "https://" or "a::b".
std::size_t outer_colon(std::string_view text) {
  int depth = 0;
  bool code = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '`') code = !code;
    if (code) continue;
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') depth = std::max(0, depth - 1);
    const bool is_part =
        text.substr(i).starts_with("://") || text.substr(i).starts_with("::") || (i > 0 && text[i - 1] == ':');
    if (c == ':' && depth == 0 && !is_part) return i;
  }
  return std::string_view::npos;
}

bool is_open(std::string_view text) {
  int depth = 0;
  bool code = false;
  for (const char c : text) {
    if (c == '`') code = !code;
    if (!code) depth += c == '(' ? 1 : c == ')' ? -1 : 0;
  }
  return depth > 0 || code;
}

bool is_name(std::string_view word) {
  const std::size_t begin = std::min(word.find_first_not_of("*\\`"), word.size());
  if (begin > 4 || begin == word.size()) return false;
  return std::ranges::all_of(word.substr(begin), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("_.,/`*").find(c) != std::string_view::npos;
  });
}

// A name as it is written in a list of names: **name**, `name`, \*name.
std::string plain_name(std::string_view word) {
  for (const std::string_view mark : {"**", "`"})
    if (word.size() > 2 * mark.size() && word.starts_with(mark) && word.ends_with(mark))
      word = word.substr(mark.size(), word.size() - 2 * mark.size());
  std::string name(word);
  std::erase(name, '\\');
  return name;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

std::size_t head_end(std::string_view text) {
  const std::size_t colon = outer_colon(text);
  return colon == std::string_view::npos && is_open(text) ? text.find(':') : colon;
}

bool looks_like_entry(const DocLine& line) {
  const std::string_view text = line.trimmed();
  if (text.starts_with("> ")) return true;
  const std::size_t colon = head_end(text);
  if (colon == std::string_view::npos) return false;
  const std::string_view head = trimmed(text.substr(0, colon));
  const std::size_t space = head.find(' ');
  return is_name(head.substr(0, space)) &&
         (space == std::string_view::npos || trimmed(head.substr(space)).starts_with('('));
}

DocEntry make_entry(const std::vector<DocLine>& lines) {
  DocEntry entry{.line = lines.front().number};
  std::vector<DocLine> rest = lines;
  std::string first(rest.front().trimmed());
  // A head broken over two or three lines is put together again.
  std::string joined = first;
  for (std::size_t more = 1; more <= 2 && more < rest.size() && outer_colon(joined) == std::string::npos; ++more) {
    if (!is_open(joined) || rest[more].is_blank()) break;
    joined.append(" ").append(rest[more].trimmed());
    if (outer_colon(joined) == std::string::npos) continue;
    first = joined;
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(more));
    break;
  }
  std::string_view text = first;
  const bool bullet = text.starts_with("- ") || text.starts_with("* ");
  if (bullet) text = trimmed(text.substr(2));
  std::size_t colon = head_end(text), width = 1;
  for (const std::string_view dash : {" -- ", " — "}) {
    const std::size_t at = text.find(dash);
    if (bullet && at < colon) {
      colon = at;
      width = dash.size();
    }
  }
  const std::string_view head = trimmed(text.substr(0, colon));
  // "name(`int`)" has lost its space.
  std::size_t space = std::min(head.find(' '), head.find("(`"));
  entry.name = plain_name(head.substr(0, space));
  // "width, height: ..." describes two at once.
  while (entry.name.ends_with(',') && space < head.size()) {
    const std::size_t begin = head.find_first_not_of(' ', space);
    space = std::min(head.find(' ', begin), head.size());
    entry.name.append(" ").append(plain_name(head.substr(begin, space - begin)));
  }
  if (space < head.size()) entry.head = trimmed(head.substr(space));
  std::vector<DocLine> body(rest.begin() + 1, rest.end());
  body = dedent(body);
  const std::string_view after = colon == std::string_view::npos ? "" : trimmed(text.substr(colon + width));
  body.insert(body.begin(), DocLine{std::string(after), rest.front().number});
  entry.text = join_lines(body);
  entry.text_line = first_line(body);
  return entry;
}

}  // namespace veneer::docs
