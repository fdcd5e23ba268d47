#include "docs/symbols/docstring_forms.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <string_view>

#include "docs/symbols/docstring_entry.h"
#include "docs/symbols/rst.h"

namespace veneer::docs {
namespace {

using Lines = std::vector<DocLine>;

std::string spaces(std::size_t count) {
  return std::string(count, ' ');
}

std::size_t next_text(const Lines& lines, std::size_t at) {
  while (at < lines.size() && lines[at].is_blank()) ++at;
  return at;
}

// :param int x: text -> {"param", "int x", "text"}
struct Field {
  std::string name, argument, text;
  std::size_t lines = 1;
  std::vector<DocLine> more;  // indented below it
};

std::optional<Field> field_at(const Lines& lines, std::size_t at) {
  static constexpr std::array<std::string_view, 22> kNames{
      "param",  "parameter", "arg",   "argument", "key",     "keyword",  "kwarg", "type",
      "return", "returns",   "rtype", "raises",   "raise",   "except",   "yield", "yields",
      "ytype",  "var",       "ivar",  "cvar",     "vartype", "exception"};
  const std::string_view text = lines[at].trimmed();
  if (!text.starts_with(':')) return std::nullopt;
  const std::size_t end = text.find(':', 1);
  if (end == std::string_view::npos || (end + 1 < text.size() && text[end + 1] != ' ')) return std::nullopt;
  const std::string_view head = text.substr(1, end - 1);
  const std::size_t space = std::min(head.find(' '), head.size());
  Field field{.name = std::string(head.substr(0, space)),
              .argument = std::string(trimmed(head.substr(space))),
              .text = std::string(trimmed(text.substr(end + 1))),
              .more = {}};
  if (std::ranges::find(kNames, field.name) == kNames.end()) return std::nullopt;
  const std::size_t indent = lines[at].indent();
  for (std::size_t next = at + 1; next < lines.size(); ++next) {
    const std::size_t text_line = next_text(lines, next);
    if (text_line == lines.size() || lines[text_line].indent() <= indent) break;
    for (; next <= text_line; ++next) field.more.push_back(lines[next]);
    --next;
    field.lines = next + 1 - at;
  }
  return field;
}

// "int, optional" -> "(`int`, *optional*)"; "int, default 3" -> "(`int`, *optional*, defaults to `3`)".
std::string type_head(std::string_view type) {
  type = trimmed(type);
  if (type.empty()) return {};
  std::string head(type), tail;
  for (const std::string_view word : {", default:", ", default=", ", default ", ", defaults to "})
    if (const std::size_t at = head.find(word); at != std::string::npos) {
      std::string value(trimmed(std::string_view(head).substr(at + word.size())));
      std::erase(value, '`');
      tail = ", *optional*, defaults to `" + value + "`";
      head.resize(at);
    }
  for (const std::string_view word : {", optional", ", *optional*"})
    if (const std::size_t at = head.find(word); at != std::string::npos) {
      head.erase(at, word.size());
      if (tail.empty()) tail = ", *optional*";
    }
  const bool is_code = head.find('`') != std::string::npos;
  return "(" + (is_code ? head : "`" + head + "`") + tail + ")";
}

// Fields of reStructuredText, gathered as sections where the first of them stands.
class FieldSections {
 public:
  explicit FieldSections(const Lines& lines) : lines_(lines) {}

  Lines run() {
    Lines out;
    std::size_t place = std::string::npos;
    FenceTracker fence;
    for (std::size_t at = 0; at < lines_.size();) {
      const auto field = fence.inside(lines_[at]) ? std::nullopt : field_at(lines_, at);
      if (!field) {
        out.push_back(lines_[at++]);
        continue;
      }
      if (place == std::string::npos) {
        place = out.size();
        indent_ = lines_[at].indent();
      }
      add(*field, lines_[at].number);
      at += field->lines;
    }
    if (place == std::string::npos) return out;
    Lines sections;
    if (!parameters_.empty()) write_parameters(sections);
    write_result(sections, "Returns:", returns_, return_type_);
    write_result(sections, "Yields:", yields_, yield_type_);
    if (!raises_.empty()) write_raises(sections);
    out.insert(out.begin() + static_cast<std::ptrdiff_t>(place), sections.begin(), sections.end());
    return out;
  }

 private:
  struct Entry {
    std::string name, type;
    Field field{};
    int number = 0;
  };

  void add(const Field& field, int number) {
    const std::string& name = field.name;
    if (name == "type" || name == "vartype") {
      types_[field.argument] = field.text;
    } else if (name == "rtype") {
      return_type_ = {"", field.text, field, number};
    } else if (name == "ytype") {
      yield_type_ = {"", field.text, field, number};
    } else if (name.starts_with("return")) {
      returns_ = {"", "", field, number};
    } else if (name.starts_with("yield")) {
      yields_ = {"", "", field, number};
    } else if (name.starts_with("rais") || name.starts_with("exc")) {
      raises_.push_back({field.argument, "", field, number});
    } else {
      const std::size_t space = field.argument.rfind(' ');
      const bool typed = space != std::string::npos;
      parameters_.push_back({typed ? field.argument.substr(space + 1) : field.argument,
                             typed ? field.argument.substr(0, space) : "", field, number});
    }
  }

  void write_entry(Lines& out, const std::string& head, const Entry& entry) const {
    out.push_back(
        {spaces(indent_ + 4) + head + (entry.field.text.empty() ? "" : " " + entry.field.text), entry.number});
    for (const DocLine& line : entry.field.more)
      out.push_back({spaces(indent_ + 8) + std::string(line.trimmed()), line.number});
  }

  void write_parameters(Lines& out) const {
    out.push_back({spaces(indent_) + "Args:", parameters_.front().number});
    for (const Entry& entry : parameters_) {
      const auto type = types_.find(entry.name);
      const std::string head = type_head(entry.type.empty() && type != types_.end() ? type->second : entry.type);
      write_entry(out, entry.name + (head.empty() ? ":" : " " + head + ":"), entry);
    }
  }

  void write_result(Lines& out, const std::string& title, const Entry& result, const Entry& type) const {
    if (result.number == 0 && type.number == 0) return;
    const Entry& entry = result.number > 0 ? result : type;
    out.push_back({spaces(indent_) + title, entry.number});
    std::string head = type.type;
    if (!head.empty() && head.find('`') == std::string::npos) head = "`" + head + "`";
    if (result.number == 0)
      out.push_back({spaces(indent_ + 4) + head, entry.number});
    else
      write_entry(out, head.empty() ? "" : head + ":", entry);
    if (head.empty() && result.number > 0) out.back().text = spaces(indent_ + 4) + std::string(out.back().trimmed());
  }

  void write_raises(Lines& out) const {
    out.push_back({spaces(indent_) + "Raises:", raises_.front().number});
    for (const Entry& entry : raises_) write_entry(out, entry.name + ":", entry);
  }

  const Lines& lines_;
  std::size_t indent_ = 0;
  std::vector<Entry> parameters_, raises_;
  Entry returns_, return_type_, yields_, yield_type_;
  std::map<std::string, std::string> types_;
};

// A line of hyphens below a word: NumPy's sections.
enum class NumpySection { parameters, results, names, indented, titled, kept };
struct NumpyHeader {
  std::string_view word;
  std::string_view google;
  NumpySection section;
};
constexpr auto kNumpyHeaders = std::to_array<NumpyHeader>({{"Parameters", "Args:", NumpySection::parameters},
                                                           {"Other Parameters", "Args:", NumpySection::parameters},
                                                           {"Attributes", "Attributes:", NumpySection::parameters},
                                                           {"Returns", "Returns:", NumpySection::results},
                                                           {"Yields", "Yields:", NumpySection::results},
                                                           {"Receives", "**Receives**", NumpySection::titled},
                                                           {"Raises", "Raises:", NumpySection::names},
                                                           {"Warns", "Warns:", NumpySection::names},
                                                           {"See Also", "See Also:", NumpySection::names},
                                                           {"Warnings", "Warning:", NumpySection::indented},
                                                           {"References", "References:", NumpySection::indented},
                                                           {"Notes", "**Notes**", NumpySection::titled},
                                                           {"Methods", "**Methods**", NumpySection::titled},
                                                           {"Examples", "Examples:", NumpySection::kept},
                                                           {"Example", "Example:", NumpySection::kept}});

const NumpyHeader* numpy_header(const Lines& lines, std::size_t at) {
  if (at + 1 >= lines.size() || lines[at].is_blank()) return nullptr;
  const std::string_view rule = lines[at + 1].trimmed();
  if (rule.size() < 3 || rule.find_first_not_of(rule.front() == '=' ? "=" : "-") != std::string_view::npos)
    return nullptr;
  const auto* found = std::ranges::find(kNumpyHeaders, lines[at].trimmed(), &NumpyHeader::word);
  return found == kNumpyHeaders.end() ? nullptr : found;
}

// "total : int" and "int" of NumPy's entries.
std::string numpy_entry(std::string_view text, NumpySection section) {
  const std::size_t colon = text.find(" :");
  if (section == NumpySection::names) {
    const std::string_view name = trimmed(text.substr(0, colon));
    const std::string_view rest = colon == std::string_view::npos ? "" : trimmed(text.substr(colon + 2));
    return std::string(name) + (name.ends_with(':') ? " " : ": ") + std::string(rest);
  }
  if (colon == std::string_view::npos) {
    if (section == NumpySection::parameters) return std::string(text) + ":";
    return (text.find('`') == std::string_view::npos ? "`" + std::string(text) + "`" : std::string(text)) + ":";
  }
  const std::string head = type_head(text.substr(colon + 2));
  return std::string(trimmed(text.substr(0, colon))) + (head.empty() ? ":" : " " + head + ":");
}

void write_numpy_section(const Lines& lines, std::size_t begin, std::size_t end, const NumpyHeader& header,
                         Lines& out) {
  const std::size_t indent = lines[begin - 2].indent();
  out.push_back({spaces(indent) + std::string(header.google), lines[begin - 2].number});
  if (header.section == NumpySection::titled || header.section == NumpySection::kept) {
    if (header.section == NumpySection::titled) out.push_back({"", lines[begin - 1].number});
    out.insert(out.end(), lines.begin() + static_cast<std::ptrdiff_t>(begin),
               lines.begin() + static_cast<std::ptrdiff_t>(end));
    return;
  }
  for (std::size_t at = begin; at < end; ++at) {
    const DocLine& line = lines[at];
    const std::size_t next = next_text(lines, at + 1);
    const bool has_text = next < end && lines[next].indent() > indent;
    const bool is_entry =
        !line.is_blank() && line.indent() == indent && header.section != NumpySection::indented &&
        (header.section != NumpySection::results || has_text || line.trimmed().find(' ') == std::string_view::npos ||
         line.trimmed().find(" : ") != std::string_view::npos);
    if (is_entry)
      out.push_back({spaces(indent + 4) + numpy_entry(line.trimmed(), header.section), line.number});
    else
      out.push_back({line.is_blank() ? "" : spaces(4) + line.text, line.number});
  }
}

Lines with_numpy_sections(Lines lines) {
  Lines out;
  FenceTracker fence;
  for (std::size_t at = 0; at < lines.size();) {
    const bool is_code = fence.inside(lines[at]);
    const NumpyHeader* header = is_code ? nullptr : numpy_header(lines, at);
    if (header == nullptr) {
      out.push_back(lines[at++]);
      continue;
    }
    std::size_t end = at + 2;
    FenceTracker inner;
    while (end < lines.size() && (inner.inside(lines[end]) || numpy_header(lines, end) == nullptr)) ++end;
    write_numpy_section(lines, at + 2, end, *header, out);
    at = end;
  }
  return out;
}

// A session outside a fence gets one: up to the blank line that another prompt does not follow.
Lines with_fenced_sessions(Lines lines) {
  Lines out;
  FenceTracker fence;
  for (std::size_t at = 0; at < lines.size();) {
    const std::string_view text = lines[at].trimmed();
    if (fence.inside(lines[at]) || !(text.starts_with(">>> ") || text == ">>>")) {
      out.push_back(lines[at++]);
      continue;
    }
    const std::size_t indent = lines[at].indent();
    out.push_back({spaces(indent) + "```python", lines[at].number});
    while (at < lines.size()) {
      const std::size_t next = next_text(lines, at);
      const bool ends = next == lines.size() || lines[next].indent() < indent ||
                        (next > at && !lines[next].trimmed().starts_with(">>>"));
      if (ends) break;
      for (; at <= next; ++at) out.push_back(lines[at]);
    }
    out.push_back({spaces(indent) + "```", out.back().number});
  }
  return out;
}

}  // namespace

std::vector<DocLine> in_google_style(std::vector<DocLine> lines, const std::string& file, Findings& findings) {
  const auto any = [&lines](auto&& is_sign) {
    return std::ranges::any_of(lines, [&](const DocLine& line) { return is_sign(line.trimmed()); });
  };
  if (any([](std::string_view text) { return text.starts_with(".."); }))
    lines = with_directives(std::move(lines), file, findings);
  if (any([](std::string_view text) { return text.starts_with(':'); })) lines = FieldSections(lines).run();
  if (any([](std::string_view text) { return text.starts_with("---") || text.starts_with("==="); }))
    lines = with_numpy_sections(std::move(lines));
  if (any([](std::string_view text) { return text.starts_with(">>>"); }))
    lines = with_fenced_sessions(std::move(lines));
  return lines;
}

}  // namespace veneer::docs
