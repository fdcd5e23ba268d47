#include "docs/symbols/docstring.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "docs/symbols/docstring_entry.h"
#include "docs/symbols/docstring_forms.h"
#include "docs/symbols/docstring_text.h"
#include "docs/symbols/rst.h"

namespace veneer::docs {
namespace {

enum class Header { none, parameters, attributes, returns, yields, raises, warns, see_also, alert, titled };

struct HeaderWord {
  std::string_view word;  // without a plural's s
  Header header;
  std::string_view alert{};  // its kind
};
constexpr auto kHeaders = std::to_array<HeaderWord>({{"Arg", Header::parameters},
                                                     {"Argument", Header::parameters},
                                                     {"Attribute", Header::attributes},
                                                     {"Param", Header::parameters},
                                                     {"Parameter", Header::parameters},
                                                     {"Keyword Arg", Header::parameters},
                                                     {"Keyword Argument", Header::parameters},
                                                     {"Other Parameter", Header::parameters},
                                                     {"Return", Header::returns},
                                                     {"Yield", Header::yields},
                                                     {"Raise", Header::raises},
                                                     {"Warn", Header::warns},
                                                     {"See Also", Header::see_also},
                                                     {"Note", Header::alert, "NOTE"},
                                                     {"Tip", Header::alert, "TIP"},
                                                     {"Hint", Header::alert, "TIP"},
                                                     {"Important", Header::alert, "IMPORTANT"},
                                                     {"Warning", Header::alert, "WARNING"},
                                                     {"Attention", Header::alert, "WARNING"},
                                                     {"Caution", Header::alert, "CAUTION"},
                                                     {"Danger", Header::alert, "CAUTION"},
                                                     {"Reference", Header::titled},
                                                     {"Todo", Header::titled}});

const HeaderWord* header_word(const DocLine& line) {
  std::string_view word = line.trimmed();
  if (!word.ends_with(':')) return nullptr;
  word.remove_suffix(1);
  if (word.ends_with('s')) word.remove_suffix(1);
  for (const HeaderWord& header : kHeaders) {
    if (word == header.word || (header.word == "See Also" && word == "See also")) return &header;
  }
  return nullptr;
}

Header header_of(const DocLine& line) {
  const HeaderWord* word = header_word(line);
  return word == nullptr ? Header::none : word->header;
}

bool is_example_header(const DocLine& line) {
  const std::string_view text = line.trimmed();
  return text == "Example:" || text == "Examples:";
}

class Reader {
 public:
  Reader(std::string_view text, const SourcePosition& where) : where_(where) {
    lines_ = split_lines(replace_rst(text, where, doc_.findings), where.line);
    lines_ = in_google_style(std::move(lines_), where.file, doc_.findings);
  }

  Docstring read() {
    FenceTracker fence;
    std::vector<DocLine> body;
    while (at_ < lines_.size()) {
      const DocLine& line = lines_[at_];
      const Header header = fence.inside(line) ? Header::none : header_of(line);
      const bool is_prose = header == Header::alert || header == Header::titled;
      if (is_prose && write_prose(*header_word(line), body)) continue;
      if (header != Header::none && !is_prose && read_section(header)) {
        section_ends_.insert(body.size());
        continue;
      }
      body.push_back(line);
      ++at_;
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

  // "Note:" with what is indented below it is an alert, "References:" a title with a list; both stay where they are.
  // False: nothing is indented below it.
  bool write_prose(const HeaderWord& header, std::vector<DocLine>& body) {
    const std::size_t indent = lines_[at_].indent();
    std::size_t first = at_ + 1;
    while (first < lines_.size() && lines_[first].is_blank()) ++first;
    if (first == lines_.size() || lines_[first].indent() <= indent) return false;
    std::vector<DocLine> item = take_item(indent);
    while (item.back().is_blank()) item.pop_back();
    const DocLine head = item.front();
    item.erase(item.begin());
    const std::string margin(indent, ' ');
    if (header.header == Header::alert) {
      body.push_back({margin + "> [!" + std::string(header.alert) + "]", head.number});
      for (const DocLine& line : dedent(item)) body.push_back({margin + "> " + line.text, line.number});
      body.push_back({"", item.back().number});
      return true;
    }
    std::string_view title = head.trimmed();
    title.remove_suffix(1);
    body.push_back({margin + "**" + std::string(title) + "**", head.number});
    body.push_back({"", head.number});
    const std::vector<DocLine> lines = dedent(item);
    for (const DocLine& line : lines) {
      std::string_view text = line.text;
      if (text.starts_with(".. [")) text.remove_prefix(3);
      const bool is_item = text.starts_with('[') && text.find(']') < 8;
      body.push_back({margin + (is_item ? "- " : text.empty() ? "" : "  ") + std::string(text), line.number});
    }
    body.push_back({"", item.back().number});
    return true;
  }

  // False: the section has nothing in it, and its header is prose.
  bool read_section(Header header) {
    std::size_t first = at_ + 1;
    while (first < lines_.size() && lines_[first].is_blank()) ++first;
    const std::size_t indent = lines_[at_].indent();
    const bool is_flat = first < lines_.size() && lines_[first].indent() == indent;
    const bool is_deeper = first < lines_.size() && lines_[first].indent() > indent;
    const bool are_parameters = header == Header::parameters || header == Header::attributes;
    const bool has_flat_entries = is_flat && are_parameters && looks_like_entry(lines_[first]);
    if (!is_deeper && !has_flat_entries) {
      if (header == Header::warns || header == Header::see_also) return false;  // words of prose, too
      report(lines_[at_].number, "empty-section", "the section " + std::string(lines_[at_].trimmed()) + " is empty",
             "indent its text below it");
      return false;
    }
    const int number = lines_[at_].number;
    at_ = first;
    if (are_parameters) read_parameters(is_flat, header == Header::attributes);
    if (header == Header::raises) read_named(doc_.raises);
    if (header == Header::warns) read_named(doc_.warns);
    if (header == Header::see_also) read_named(doc_.see_also);
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

  void read_parameters(bool is_flat, bool attributes) {
    const std::size_t indent = lines_[at_].indent();
    if (doc_.parameters.empty() || doc_.parameters.back().attributes != attributes)
      doc_.parameters.push_back({.attributes = attributes, .line = lines_[at_].number});
    while (at_ < lines_.size() && lines_[at_].indent() == indent) {
      const DocLine& line = lines_[at_];
      if (header_of(line) != Header::none || is_example_header(line)) break;
      if (is_flat && !looks_like_entry(line)) break;
      if (line.trimmed().starts_with('>')) {
        doc_.parameters.push_back(
            {.title = std::string(trimmed(line.trimmed().substr(1))), .attributes = attributes, .line = line.number});
        take_item(indent);
      } else {
        doc_.parameters.back().entries.push_back(make_entry(take_item(indent)));
      }
    }
  }

  void read_named(std::vector<DocRaise>& list) {
    const std::size_t indent = lines_[at_].indent();
    while (at_ < lines_.size() && lines_[at_].indent() == indent && header_of(lines_[at_]) == Header::none &&
           !is_example_header(lines_[at_])) {
      std::vector<DocLine> item = take_item(indent);
      const DocLine first = item.front();
      std::string_view text = first.trimmed();
      if (text.starts_with("- ") || text.starts_with("* ")) text = trimmed(text.substr(2));
      std::size_t end = std::min(text.find(' '), text.size());
      if (text.starts_with('[')) end = std::min(text.find(' ', std::min(text.find(')'), text.size())), text.size());
      std::string_view type = text.substr(0, end);
      if (type.ends_with(':')) type.remove_suffix(1);
      item.erase(item.begin());
      item = dedent(item);
      item.insert(item.begin(), DocLine{std::string(trimmed(text.substr(end))), first.number});
      list.push_back({error_name(type), join_lines(item), first.number, first_line(item)});
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
    if (!slot.has_value() && read_values(slot)) return;
    const std::size_t indent = lines_[at_].indent();
    std::vector<DocLine> item = take_item(indent == 0 ? 0 : indent - 1);
    DocResult result{.line = item.front().number};
    const std::string first(item.front().trimmed());
    const std::size_t colon = head_end(first);
    item.erase(item.begin());
    item = dedent(item);
    std::string_view after = first;
    if (colon != std::string::npos) {
      result.type = trimmed(first.substr(0, colon));
      after = trimmed(std::string_view(first).substr(colon + 1));
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

  // Several entries "name (type): text", each with what is indented below it. False: it is one value.
  bool read_values(std::optional<DocResult>& slot) {
    const std::size_t indent = lines_[at_].indent();
    std::size_t entries = 0;
    FenceTracker fence;
    for (std::size_t i = at_; i < lines_.size(); ++i) {
      if (fence.inside(lines_[i]) || lines_[i].is_blank()) continue;
      if (lines_[i].indent() < indent || header_of(lines_[i]) != Header::none) break;
      if (lines_[i].indent() > indent) continue;
      if (!looks_like_entry(lines_[i])) return false;
      ++entries;
    }
    if (entries < 2) return false;
    DocResult result{.line = lines_[at_].number};
    while (at_ < lines_.size() && lines_[at_].indent() == indent && !lines_[at_].is_blank() &&
           header_of(lines_[at_]) == Header::none)
      result.values.push_back(make_entry(take_item(indent)));
    slot = std::move(result);
    return true;
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
    return trimmed(outside).empty();
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
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const DocLine& line = lines[i];
      const bool was_open = fence.is_open();
      if (!was_open && section_ends_.contains(i)) flush(0);
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
  std::set<std::size_t> section_ends_;  ///< lines of the body before which a section stood
};

}  // namespace

Docstring parse_docstring(std::string_view text, const SourcePosition& where) {
  return Reader(text, where).read();
}

}  // namespace veneer::docs
