#include "docs/symbols/docstring.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "docs/symbols/docstring_text.h"
#include "docs/symbols/rst.h"

namespace veneer::docs {
namespace {

enum class Header { none, parameters, returns, yields, raises };

Header header_of(const DocLine& line) {
  static constexpr std::array<std::pair<std::string_view, Header>, 8> kWords{{{"Arg", Header::parameters},
                                                                              {"Argument", Header::parameters},
                                                                              {"Attribute", Header::parameters},
                                                                              {"Param", Header::parameters},
                                                                              {"Parameter", Header::parameters},
                                                                              {"Return", Header::returns},
                                                                              {"Yield", Header::yields},
                                                                              {"Raise", Header::raises}}};
  std::string_view word = line.trimmed();
  if (!word.ends_with(':')) return Header::none;
  word.remove_suffix(1);
  if (word.ends_with('s')) word.remove_suffix(1);
  for (const auto& [name, header] : kWords)
    if (word == name) return header;
  return Header::none;
}

bool is_example_header(const DocLine& line) {
  const std::string_view text = line.trimmed();
  return text == "Example:" || text == "Examples:";
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

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

// The colon that ends an entry's head. Where brackets or code do not close, the first one of all.
std::size_t head_end(std::string_view text) {
  const std::size_t colon = outer_colon(text);
  return colon == std::string_view::npos && is_open(text) ? text.find(':') : colon;
}

bool is_name(std::string_view word) {
  const std::size_t begin = std::min(word.find_first_not_of("*\\`"), word.size());
  if (begin > 4 || begin == word.size()) return false;
  return std::ranges::all_of(word.substr(begin), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("_.,/`*").find(c) != std::string_view::npos;
  });
}

// "name (...): text" and "name: text", as opposed to a sentence.
bool looks_like_entry(const DocLine& line) {
  const std::string_view text = line.trimmed();
  if (text.starts_with("> ")) return true;
  const std::size_t colon = head_end(text);
  if (colon == std::string_view::npos) return false;
  const std::string_view head = trim(text.substr(0, colon));
  const std::size_t space = head.find(' ');
  return is_name(head.substr(0, space)) &&
         (space == std::string_view::npos || trim(head.substr(space)).starts_with('('));
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
  if (bullet) text = trim(text.substr(2));
  std::size_t colon = head_end(text), width = 1;
  for (const std::string_view dash : {" -- ", " — "}) {
    const std::size_t at = text.find(dash);
    if (bullet && at < colon) {
      colon = at;
      width = dash.size();
    }
  }
  const std::string_view head = trim(text.substr(0, colon));
  // "name(`int`)" has lost its space.
  std::size_t space = std::min(head.find(' '), head.find("(`"));
  entry.name = plain_name(head.substr(0, space));
  // "width, height: ..." describes two at once.
  while (entry.name.ends_with(',') && space < head.size()) {
    const std::size_t begin = head.find_first_not_of(' ', space);
    space = std::min(head.find(' ', begin), head.size());
    entry.name.append(" ").append(plain_name(head.substr(begin, space - begin)));
  }
  if (space < head.size()) entry.head = trim(head.substr(space));
  std::vector<DocLine> body(rest.begin() + 1, rest.end());
  body = dedent(body);
  const std::string_view after = colon == std::string_view::npos ? "" : trim(text.substr(colon + width));
  body.insert(body.begin(), DocLine{std::string(after), rest.front().number});
  entry.text = join_lines(body);
  entry.text_line = first_line(body);
  return entry;
}

class Reader {
 public:
  Reader(std::string_view text, const SourcePosition& where) : where_(where) {
    lines_ = split_lines(replace_rst(text, where, doc_.findings), where.line);
  }

  Docstring read() {
    FenceTracker fence;
    std::vector<DocLine> body;
    while (at_ < lines_.size()) {
      const DocLine& line = lines_[at_];
      const Header header = fence.inside(line) ? Header::none : header_of(line);
      if (header == Header::none || !read_section(header)) {
        body.push_back(line);
        ++at_;
      }
    }
    if (fence.is_open())
      report(fence.opened_at(), "unclosed-fence", "a code block is opened and not closed", "add ```");
    make_body(dedent(body));
    return std::move(doc_);
  }

 private:
  void report(int line, std::string rule, std::string message, std::string suggestion = "") {
    doc_.findings.push_back({.where = {where_.file, line},
                             .rule = std::move(rule),
                             .message = std::move(message),
                             .suggestion = std::move(suggestion)});
  }

  // False: the section has nothing in it, and its header is prose.
  bool read_section(Header header) {
    std::size_t first = at_ + 1;
    while (first < lines_.size() && lines_[first].is_blank()) ++first;
    const std::size_t indent = lines_[at_].indent();
    const bool is_flat = first < lines_.size() && lines_[first].indent() == indent;
    const bool is_deeper = first < lines_.size() && lines_[first].indent() > indent;
    const bool has_flat_entries = is_flat && header == Header::parameters && looks_like_entry(lines_[first]);
    if (!is_deeper && !has_flat_entries) {
      report(lines_[at_].number, "empty-section", "the section " + std::string(lines_[at_].trimmed()) + " is empty",
             "indent its text below it");
      return false;
    }
    const int number = lines_[at_].number;
    at_ = first;
    if (header == Header::parameters) read_parameters(is_flat);
    if (header == Header::raises) read_raises();
    if (header == Header::returns) read_result(doc_.returns, number, "Returns");
    if (header == Header::yields) read_result(doc_.yields, number, "Yields");
    return true;
  }

  // The line at `at_` with what is indented deeper, and the blank lines between.
  std::vector<DocLine> take_item(std::size_t indent) {
    std::vector<DocLine> item{lines_[at_++]};
    FenceTracker fence;
    fence.inside(item.front());
    while (at_ < lines_.size()) {
      const DocLine& line = lines_[at_];
      const bool is_code = fence.is_open();
      if (!is_code && !line.is_blank() && line.indent() <= indent) break;
      fence.inside(line);
      item.push_back(line);
      ++at_;
    }
    return item;
  }

  void read_parameters(bool is_flat) {
    const std::size_t indent = lines_[at_].indent();
    if (doc_.parameters.empty()) doc_.parameters.push_back({.line = lines_[at_].number});
    while (at_ < lines_.size() && lines_[at_].indent() == indent) {
      const DocLine& line = lines_[at_];
      if (header_of(line) != Header::none || is_example_header(line)) break;
      if (is_flat && !looks_like_entry(line)) break;
      if (line.trimmed().starts_with('>')) {
        doc_.parameters.push_back({.title = std::string(trim(line.trimmed().substr(1))), .line = line.number});
        take_item(indent);
      } else {
        doc_.parameters.back().entries.push_back(make_entry(take_item(indent)));
      }
    }
  }

  void read_raises() {
    const std::size_t indent = lines_[at_].indent();
    while (at_ < lines_.size() && lines_[at_].indent() == indent && header_of(lines_[at_]) == Header::none &&
           !is_example_header(lines_[at_])) {
      std::vector<DocLine> item = take_item(indent);
      const DocLine first = item.front();
      std::string_view text = first.trimmed();
      if (text.starts_with("- ") || text.starts_with("* ")) text = trim(text.substr(2));
      std::size_t end = std::min(text.find(' '), text.size());
      if (text.starts_with('[')) end = std::min(text.find(' ', std::min(text.find(')'), text.size())), text.size());
      std::string_view type = text.substr(0, end);
      if (type.ends_with(':')) type.remove_suffix(1);
      item.erase(item.begin());
      item = dedent(item);
      item.insert(item.begin(), DocLine{std::string(trim(text.substr(end))), first.number});
      doc_.raises.push_back({error_name(type), join_lines(item), first.number, first_line(item)});
    }
  }

  // "[`~errors.X`](url)" -> "X" as its text says; "`ValueError`" -> "ValueError".
  static std::string error_name(std::string_view type) {
    if (type.starts_with('[') && type.find("](") != std::string_view::npos) type = type.substr(1, type.find("](") - 1);
    std::string name(type);
    std::erase(name, '`');
    return name;
  }

  void read_result(std::optional<DocResult>& slot, int header_line, const std::string& section) {
    const std::size_t indent = lines_[at_].indent();
    std::vector<DocLine> item = take_item(indent == 0 ? 0 : indent - 1);
    DocResult result{.line = item.front().number};
    const std::string first(item.front().trimmed());
    const std::size_t colon = head_end(first);
    item.erase(item.begin());
    item = dedent(item);
    std::string_view after = first;
    if (colon != std::string::npos) {
      result.type = trim(first.substr(0, colon));
      after = trim(std::string_view(first).substr(colon + 1));
    } else if (is_lone_type(first)) {
      result.type = first;
      after = "";
    }
    item.insert(item.begin(), DocLine{std::string(after), result.line});
    result.text = join_lines(item);
    result.text_line = first_line(item);
    if (!slot.has_value()) {
      slot = std::move(result);
      return;
    }
    report(header_line, "repeated-section", "a second " + section + " section; there can be one",
           "put both into one section");
    slot->text.append("\n\n").append(result.type).append(result.type.empty() ? "" : ": ").append(result.text);
  }

  // "[`X`] or `tuple`": nothing but code, references and the words between them.
  static bool is_lone_type(std::string_view text) {
    if (!text.ends_with('`') && !text.ends_with("`]")) return false;
    std::string outside;
    bool code = false;
    for (const char c : text) {
      if (c == '`') code = !code;
      if (!code && std::string_view("`[],|").find(c) == std::string_view::npos) outside += c;
    }
    for (std::size_t at = outside.find("or"); at != std::string::npos; at = outside.find("or")) outside.erase(at, 2);
    return trim(outside).empty();
  }

  // Cuts the prose at the sections that stood in it, and at its fences: an unindented one is an example, with the line
  // that announces it.
  void make_body(const std::vector<DocLine>& lines) {
    std::vector<DocLine> block;
    FenceTracker fence;
    int examples = 0;
    const auto flush = [&](int example) {
      const std::string text = join_lines(block);
      const auto first = std::ranges::find_if(block, [](const DocLine& line) { return !line.is_blank(); });
      if (!text.empty()) doc_.body.push_back({text, first->number, example});
      block.clear();
    };
    bool in_example = false;
    for (const DocLine& line : lines) {
      const bool was_open = fence.is_open();
      // A section stood between.
      if (!was_open && !block.empty() && line.number != block.back().number + 1) flush(0);
      fence.inside(line);
      const bool opens = !was_open && fence.is_open() && line.indent() == 0 && line.text.front() == '`';
      if (opens) {
        const std::vector<DocLine> title = take_title(block);
        flush(0);
        block = title;
        in_example = true;
      }
      block.push_back(line);
      if (in_example && was_open && !fence.is_open()) {
        flush(++examples);
        in_example = false;
      }
    }
    flush(0);
  }

  // Removes and returns the line "...:" before a fence, with the blank lines between.
  static std::vector<DocLine> take_title(std::vector<DocLine>& block) {
    std::size_t last = block.size();
    while (last > 0 && block[last - 1].is_blank()) --last;
    if (last == 0 || !block[last - 1].trimmed().ends_with(':')) return {};
    std::vector<DocLine> title(block.begin() + static_cast<std::ptrdiff_t>(last) - 1, block.end());
    block.resize(last - 1);
    return title;
  }

  SourcePosition where_;
  Docstring doc_;
  std::vector<DocLine> lines_;
  std::size_t at_ = 0;
};

}  // namespace

Docstring parse_docstring(std::string_view text, const SourcePosition& where) {
  return Reader(text, where).read();
}

}  // namespace veneer::docs
