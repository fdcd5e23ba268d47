#include "docs/page/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "docs/page/fence.h"
#include "docs/page/raw_html.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

enum class Scope { page, piece };

std::size_t indent_of(std::string_view line) {
  const std::size_t indent = line.find_first_not_of(" \t");
  return indent == std::string_view::npos ? line.size() : indent;
}

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

// A fence longer than any in the code.
std::string fence_around(const std::vector<std::string>& code) {
  std::size_t longest = 2;
  for (const std::string& line : code) {
    const std::string_view text = trim(line);
    longest = std::max(longest, std::min(text.find_first_not_of('`'), text.size()));
  }
  return std::string(longest + 1, '`');
}

bool is_bare_assert(std::string_view line) {
  const std::string_view code = trim(line);
  return (code.starts_with("assert ") || code.starts_with("assert(")) &&
         code.find("doc-builder: hide") == std::string_view::npos &&
         code.find("ignore-bare-assert") == std::string_view::npos;
}

// "|---|:-:|"
bool is_table_rule(std::string_view line) {
  line = trim(line);
  return line.find('|') != std::string_view::npos && line.find('-') != std::string_view::npos &&
         line.find_first_not_of("|-: \t") == std::string_view::npos;
}

// "## Title"
bool is_heading(std::string_view line) {
  const std::string_view text = trim(line);
  const std::size_t signs = std::min(text.find_first_not_of('#'), text.size());
  return indent_of(line) < 4 && signs >= 1 && signs <= 6 && (signs == text.size() || text[signs] == ' ');
}

// An address is a link only between spaces: "|https://a.b|" gets them.
std::string with_spaced_addresses(std::string_view row) {
  std::string out;
  bool address = false;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::string_view rest = row.substr(i + 1);
    if (address && row[i] == '|') out += ' ';
    out += row[i];
    address = address && row[i] != '|' && row[i] != ' ';
    if (row[i] != '|' || !(rest.starts_with("http://") || rest.starts_with("https://") || rest.starts_with("www.")))
      continue;
    out += ' ';
    address = true;
  }
  return out;
}

// Reads the text line by line and writes the prepared one.
class Preparation {
 public:
  Preparation(const SourcePosition& where, const PrepareOptions& options, Scope scope)
      : options_(options), scope_(scope), first_line_(where.line) {
    prepared_.files.push_back(where.file);
  }

  PreparedText run(std::string_view text) {
    lines_ = split_lines(text);
    origin_.reserve(lines_.size());
    for (std::size_t i = 0; i < lines_.size(); ++i) origin_.push_back({0, first_line_ + static_cast<std::int32_t>(i)});
    if (scope_ == Scope::page) expand_includes();
    prepared_.text.reserve(text.size() + text.size() / 16);
    for (at_ = 0; at_ < lines_.size();) line();
    if (fence_.open())
      report("unclosed-fence", fence_line_, "a code fence is never closed", "end the block with ``` on its own line");
    return std::move(prepared_);
  }

 private:
  void report(std::string rule, PreparedText::Line line, std::string message, std::string suggestion) {
    prepared_.findings.push_back({{prepared_.files[line.file], line.number},
                                  Severity::warning,
                                  std::move(rule),
                                  std::move(message),
                                  std::move(suggestion)});
  }

  void emit(std::string_view text, PreparedText::Line origin) {
    prepared_.text += text;
    prepared_.text += '\n';
    prepared_.lines.push_back(origin);
  }

  // A line that is a block of its own, indented like the line it comes from.
  void emit_block(std::string_view indent, std::string_view text, PreparedText::Line origin) {
    emit("", origin);
    emit(std::string(indent) + std::string(text), origin);
    emit("", origin);
  }

  std::string add_insert(Insert insert) {
    prepared_.inserts.push_back(std::move(insert));
    return fmt::format("{}{}{}", kMarkBegin, prepared_.inserts.size() - 1, kMarkEnd);
  }

  void line() {
    const std::string_view text = lines_[at_];
    const PreparedText::Line origin = origin_[at_];
    const bool was_open = fence_.open();
    if (fence_.step(text) || was_open) {
      if (!was_open) {
        enter_fence(text, origin);
        end_table(origin);
      } else if (runnable_ && is_bare_assert(text)) {
        report("bare-assert", origin, "the example's readers see an assertion",
               "end the line with `# doc-builder: hide` or `# doc-builder: ignore-bare-assert`");
      }
      emit(without_doctest_flags(text), origin);
      ++at_;
      return;
    }
    if (in_comment_) {
      in_comment_ = text.find("-->") == std::string_view::npos;
      emit(text, origin);
      ++at_;
      return;
    }
    if (const std::size_t begin = find_outside_code(text, "<!--"); begin != std::string_view::npos)
      in_comment_ = text.find("-->", begin) == std::string_view::npos;
    if (!in_comment_) {
      if (scope_ == Scope::page && text.find("[[") != std::string_view::npos && marker(text, origin)) return;
      if (display_formula(text, origin)) return;
    }
    if (is_table_rule(text) && at_ > 0 && lines_[at_ - 1].find('|') != std::string_view::npos) in_table_ = true;
    if (trim(text).empty()) in_table_ = false;
    if (is_heading(text)) end_table(origin);
    if (!components(text, origin))
      emit(in_table_ ? with_spaced_addresses(inline_formulas(text)) : inline_formulas(text), origin);
    ++at_;
  }

  void enter_fence(std::string_view text, PreparedText::Line origin) {
    fence_line_ = origin;
    runnable_ = opens_runnable_fence(text);
  }

  // md4c takes a heading or a fence right below a table for one more row.
  void end_table(PreparedText::Line origin) {
    if (in_table_) emit("", origin);
    in_table_ = false;
  }

  static std::string without_doctest_flags(std::string_view line) {
    if (!trim(line).starts_with(">>>")) return std::string(line);
    const std::size_t flag = line.find("# doctest:");
    if (flag == std::string_view::npos) return std::string(line);
    return std::string(line.substr(0, line.find_last_not_of(" \t", flag == 0 ? 0 : flag - 1) + 1));
  }

  // [[autodoc]], [[open-in-colab]], [[moved: old -> page#new]]
  bool marker(std::string_view text, PreparedText::Line origin) {
    const std::string_view indent = text.substr(0, indent_of(text));
    if (const auto object = directive_object(text)) {
      directive(*object, text, origin);
      return true;
    }
    const std::string_view word = trim(text);
    if (word == "[[open-in-colab]]") {
      emit_block(indent, add_insert({Insert::Kind::colab, std::string(word), "", "", 0}), origin);
      ++at_;
      return true;
    }
    constexpr std::string_view kMoved = "[[moved:";
    if (word.starts_with(kMoved) && word.ends_with("]]")) {
      const std::string_view body = word.substr(kMoved.size(), word.size() - kMoved.size() - 2);
      const std::size_t arrow = body.find("->");
      if (arrow == std::string_view::npos || trim(body.substr(0, arrow)).empty() ||
          trim(body.substr(arrow + 2)).empty()) {
        report("bad-move", origin, fmt::format("`{}` names no new place", word),
               "write [[moved: old-anchor -> page#new-anchor]]");
        return false;
      }
      std::string_view old = trim(body.substr(0, arrow));
      if (old.starts_with('#')) old.remove_prefix(1);
      emit_block(indent,
                 add_insert({Insert::Kind::moved, std::string(word), std::string(old),
                             std::string(trim(body.substr(arrow + 2))), 0}),
                 origin);
      ++at_;
      return true;
    }
    return false;
  }

  void directive(std::string_view object, std::string_view text, PreparedText::Line origin) {
    Directive directive;
    directive.object = object;
    directive.page = options_.page;
    directive.where = {prepared_.files[origin.file], origin.number};
    std::size_t next = at_ + 1;
    while (next < lines_.size() && trim(lines_[next]).empty()) ++next;
    if (next < lines_.size() && indent_of(lines_[next]) > indent_of(text) && member_name(lines_[next])) {
      const std::size_t indent = indent_of(lines_[next]);
      while (next < lines_.size()) {
        if (!trim(lines_[next]).empty()) {
          const auto name = member_name(lines_[next]);
          if (!name || indent_of(lines_[next]) != indent) break;
          directive.members.emplace_back(*name);
        }
        ++next;
      }
    }
    at_ = next;
    const std::size_t index = prepared_.directives.size();
    prepared_.directives.push_back(std::move(directive));
    emit_block(text.substr(0, indent_of(text)),
               add_insert({Insert::Kind::directive, std::string(trim(text)), "", "", index}), origin);
  }

  // $$ at the start of a line, up to the next $$.
  bool display_formula(std::string_view text, PreparedText::Line origin) {
    const std::string_view start = trim(text);
    if (!start.starts_with("$$")) return false;
    const std::string_view indent = text.substr(0, indent_of(text));
    std::string content;
    std::string_view rest = start.substr(2);
    for (std::size_t next = at_; next < lines_.size() && next < at_ + 100; ++next) {
      if (next > at_) {
        rest = trim(lines_[next]);
        if (rest.empty()) return false;
      }
      const std::size_t end = rest.find("$$");
      if (end == std::string_view::npos) {
        content += rest;
        content += '\n';
        continue;
      }
      content += rest.substr(0, end);
      const std::string_view after = trim(rest.substr(end + 2));
      if (trim(content).empty()) return false;
      std::string source = "$$" + content + "$$";
      const std::string mark = add_insert({Insert::Kind::display_formula, std::move(source), content, "", 0});
      if (after.empty())
        emit_block(indent, mark, origin);
      else
        emit(std::string(indent) + mark + std::string(after), origin);
      at_ = next + 1;
      return true;
    }
    return false;
  }

  // Formulas within a line: \\( x \\) and $x$, not in code spans.
  std::string inline_formulas(std::string_view text) {
    if (text.find('$') == std::string_view::npos && text.find("\\\\(") == std::string_view::npos)
      return std::string(text);
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
      if (text[i] == '`') {
        const std::size_t end = end_of_code_span(text, i);
        out += text.substr(i, end - i);
        i = end;
        continue;
      }
      const bool after_space =
          i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t' || text[i - 1] == '(' || text[i - 1] == '|';
      std::size_t length = 0;
      std::string_view formula;
      if (after_space && text.substr(i).starts_with("\\\\(")) {
        const std::size_t end = text.find("\\\\)", i + 3);
        if (end != std::string_view::npos) {
          formula = text.substr(i + 3, end - i - 3);
          length = end + 3 - i;
        }
      } else if (after_space && text[i] == '$') {
        formula = dollar_formula(text.substr(i), length);
      }
      if (length == 0) {
        out += text[i++];
        continue;
      }
      out += add_insert(
          {Insert::Kind::inline_formula, std::string(text.substr(i, length)), std::string(trim(formula)), "", 0});
      i += length;
    }
    return out;
  }

  // "$x$" with no space inside the dollars and none but space or punctuation behind them.
  static std::string_view dollar_formula(std::string_view text, std::size_t& length) {
    const std::size_t end = text.find_first_of("$`<>", 1);
    if (end == std::string_view::npos || text[end] != '$' || end < 2) return {};
    if (text[1] == ' ' || text[end - 1] == ' ' || text[1] == '{') return {};
    if (end + 1 < text.size() && std::string_view(" \t.,;:!?)|").find(text[end + 1]) == std::string_view::npos)
      return {};
    length = end + 1;
    return text.substr(1, end - 1);
  }

  // Component tags get lines of their own with blank lines around, so that what is between them is Markdown.
  bool components(std::string_view text, PreparedText::Line origin) {
    if (text.find('<') == std::string_view::npos) return false;
    const std::string indent(text.substr(0, indent_of(text)));
    std::size_t done = 0;
    bool any = false;
    const auto flush = [&](std::size_t end) {
      const std::string_view between = trim(text.substr(done, end - done));
      if (between.empty()) return;
      const bool was_open = fence_.open();
      const bool code = fence_.step(between) || was_open;
      if (code && !was_open) enter_fence(between, origin);
      emit(indent + (code ? std::string(between) : inline_formulas(between)), origin);
    };
    for (std::size_t i = indent.size(); i < text.size();) {
      if (text[i] == '`') {
        i = end_of_code_span(text, i);
        continue;
      }
      const std::optional<Tag> tag = text[i] == '<' ? parse_tag(text.substr(i)) : std::nullopt;
      if (!tag || classify(tag->name) != TagKind::component) {
        ++i;
        continue;
      }
      any = true;
      flush(i);
      emit_block(indent, text.substr(i, tag->length), origin);
      i += tag->length;
      done = i;
    }
    if (any) flush(text.size());
    return any;
  }

  void expand_includes();
  bool include(std::size_t& at, std::vector<std::string_view>& lines, std::vector<PreparedText::Line>& origin);
  bool included_lines(const Json& wanted, PreparedText::Line where, std::vector<std::string>& out, int& first);

  const PrepareOptions& options_;
  const Scope scope_;
  const std::int32_t first_line_;
  PreparedText prepared_;
  std::vector<std::string_view> lines_;
  std::vector<PreparedText::Line> origin_;
  std::vector<std::unique_ptr<std::string>> kept_;  ///< lines that no file holds
  std::size_t at_ = 0;
  FenceState fence_;
  PreparedText::Line fence_line_;
  bool runnable_ = false;  ///< the open fence
  bool in_comment_ = false;
  bool in_table_ = false;
};

void Preparation::expand_includes() {
  std::vector<std::string_view> lines;
  std::vector<PreparedText::Line> origin;
  FenceState fence;
  for (std::size_t at = 0; at < lines_.size();) {
    const bool was_open = fence.open();
    const bool code = fence.step(lines_[at]) || was_open;
    const std::string_view start = trim(lines_[at]);
    if (!code && (start.starts_with("<include>") || start.starts_with("<literalinclude>")) &&
        include(at, lines, origin))
      continue;
    lines.push_back(lines_[at]);
    origin.push_back(origin_[at]);
    ++at;
  }
  lines_ = std::move(lines);
  origin_ = std::move(origin);
}

bool Preparation::include(std::size_t& at, std::vector<std::string_view>& lines,
                          std::vector<PreparedText::Line>& origin) {
  const std::string_view indent = lines_[at].substr(0, indent_of(lines_[at]));
  const PreparedText::Line where = origin_[at];
  const bool literal = trim(lines_[at]).starts_with("<literalinclude>");
  const std::string_view closing = literal ? "</literalinclude>" : "</include>";
  std::string body;
  std::size_t end = at;
  for (; end < lines_.size() && end < at + 20; ++end) {
    body += lines_[end];
    body += '\n';
    if (lines_[end].find(closing) != std::string_view::npos) break;
  }
  const std::size_t open = body.find('>'), close = body.find(closing);
  if (close == std::string::npos) {
    report("bad-include", where, "an include is never closed", fmt::format("end it with {}", closing));
    return false;
  }
  at = end + 1;
  std::vector<std::string> included;
  int first = 0;
  Json wanted;
  try {
    wanted = parse_json(trim(std::string_view(body).substr(open + 1, close - open - 1)), "include");
  } catch (const Error& error) {
    report("bad-include", where, error.what(), "write {\"path\": \"../file.md\"} between the tags");
    return true;
  }
  if (!included_lines(wanted, where, included, first)) return true;
  const auto file = static_cast<std::uint32_t>(prepared_.files.size() - 1);
  const auto add = [&](std::string text, PreparedText::Line line) {
    kept_.push_back(std::make_unique<std::string>(std::string(indent) + text));
    lines.emplace_back(*kept_.back());
    origin.push_back(line);
  };
  while (!included.empty() && trim(included.back()).empty()) included.pop_back();
  const std::string language = wanted.contains("language") && wanted["language"].is_string()
                                   ? wanted["language"].get<std::string>()
                                   : std::string();
  const std::string fence = literal ? fence_around(included) : "";
  if (literal) add(fence + language, where);
  for (std::size_t i = 0; i < included.size(); ++i) add(included[i], {file, first + static_cast<std::int32_t>(i)});
  if (literal) add(fence, where);
  return true;
}

// The wanted lines of the file, and the number of the first. The file is entered in prepared_.files.
bool Preparation::included_lines(const Json& wanted, PreparedText::Line where, std::vector<std::string>& out,
                                 int& first) {
  const auto text_of = [&wanted](const char* key) {
    return wanted.is_object() && wanted.contains(key) && wanted[key].is_string() ? wanted[key].get<std::string>()
                                                                                 : std::string();
  };
  const std::string name = text_of("path");
  const fs::path path = (options_.folder / name).lexically_normal();
  const fs::path inside = path.lexically_relative(options_.root);
  if (name.empty() || options_.folder.empty() || inside.empty() || *inside.begin() == "..") {
    report("bad-include", where, fmt::format("`{}` is not a file of this project", name),
           fmt::format("name a file below {}", options_.root.string()));
    return false;
  }
  prepared_.includes.push_back(path);
  std::string content;
  try {
    content = valid_utf8(read_text_file(path));
  } catch (const Error& error) {
    report("bad-include", where, fmt::format("cannot read the included file: {}", error.what()),
           fmt::format("the path is relative to the page's folder: {}", options_.folder.string()));
    return false;
  }
  const std::vector<std::string_view> all = split_lines(content);
  std::size_t begin = 0, end = all.size();
  const std::string after = text_of("start-after"), before = text_of("end-before");
  if (!after.empty() || !before.empty()) {
    std::optional<std::size_t> from, to;
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::string_view line = trim(all[i]);
      while (!line.empty() && line.back() >= 0 && line.back() != '_' &&
             !is_letter(static_cast<char32_t>(line.back())) && !is_digit(static_cast<char32_t>(line.back())))
        line.remove_suffix(1);
      if (!after.empty() && line.ends_with(after)) from = i + 1;
      if (!before.empty() && line.ends_with(before)) to = i;
    }
    if ((!after.empty() && !from) || (!before.empty() && !to) || from.value_or(0) > to.value_or(all.size())) {
      report("bad-include", where,
             fmt::format("{} has no lines that end with `{}`", name, !after.empty() && !from ? after : before),
             "check start-after and end-before");
      return false;
    }
    begin = from.value_or(0);
    end = to.value_or(all.size());
  }
  std::size_t dedent = 0;
  if (wanted.contains("dedent") && wanted["dedent"].is_number_unsigned()) dedent = wanted["dedent"];
  for (std::size_t i = begin; i < end; ++i) out.emplace_back(all[i].substr(std::min(dedent, all[i].size())));
  first = static_cast<int>(begin) + 1;
  prepared_.files.push_back(inside.generic_string());
  return true;
}

std::string without_marks(std::string_view text) {
  std::string clean = valid_utf8(text);
  for (const std::string_view mark : {kMarkBegin, kMarkEnd})
    for (std::size_t i = clean.find(mark); i != std::string::npos; i = clean.find(mark, i))
      clean.replace(i, mark.size(), "\uFFFD");
  return clean;
}

}  // namespace

SourcePosition PreparedText::position(std::size_t line_index) const {
  if (lines.empty()) return {files.empty() ? std::string() : files[0], 0};
  const Line& line = lines[std::min(line_index, lines.size() - 1)];
  return {files[line.file], line.number};
}

PreparedText prepare_page(std::string_view text, const SourcePosition& where, const PrepareOptions& options) {
  const std::string clean = without_marks(text);
  return Preparation(where, options, Scope::page).run(clean);
}

PreparedText prepare_piece(std::string_view text, const SourcePosition& where) {
  const std::string clean = without_marks(text);
  const PrepareOptions options;
  return Preparation(where, options, Scope::piece).run(clean);
}

}  // namespace veneer::docs
