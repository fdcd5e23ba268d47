#include "docs/page/prepare.h"

#include <fmt/format.h>

#include <optional>

#include "docs/page/fence.h"
#include "docs/page/formula_text.h"
#include "docs/page/include.h"
#include "docs/page/raw_html.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

enum class Scope { page, piece };

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
    lines_.text = split_lines(text);
    lines_.origin.reserve(lines_.text.size());
    for (std::size_t i = 0; i < lines_.text.size(); ++i)
      lines_.origin.push_back({0, first_line_ + static_cast<std::int32_t>(i)});
    if (scope_ == Scope::page) lines_ = with_includes(lines_, options_, prepared_);
    prepared_.text.reserve(text.size() + text.size() / 16);
    for (at_ = 0; at_ < lines_.text.size();) line();
    if (fence_.open())
      report("unclosed-fence", fence_line_, "a code fence is never closed", "end the block with ``` on its own line");
    return std::move(prepared_);
  }

 private:
  void report(std::string_view rule, PreparedText::Line line, std::string message, std::string suggestion) {
    docs::report(prepared_, line, rule, std::move(message), std::move(suggestion));
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
    const std::string_view text = lines_.text[at_];
    const PreparedText::Line origin = lines_.origin[at_];
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
    if (is_table_rule(text) && at_ > 0 && lines_.text[at_ - 1].find('|') != std::string_view::npos) in_table_ = true;
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
    while (next < lines_.text.size() && trim(lines_.text[next]).empty()) ++next;
    if (next < lines_.text.size() && indent_of(lines_.text[next]) > indent_of(text) && member_name(lines_.text[next])) {
      const std::size_t indent = indent_of(lines_.text[next]);
      while (next < lines_.text.size()) {
        if (!trim(lines_.text[next]).empty()) {
          const auto name = member_name(lines_.text[next]);
          if (!name || indent_of(lines_.text[next]) != indent) break;
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

  bool display_formula(std::string_view text, PreparedText::Line origin) {
    std::optional<FormulaText> formula = displayed_formula(lines_.text, at_);
    if (!formula) return false;
    const std::string_view indent = text.substr(0, indent_of(text));
    std::string source = "$$" + formula->content + "$$";
    const std::string mark =
        add_insert({Insert::Kind::display_formula, std::move(source), std::move(formula->content), "", 0});
    if (formula->after.empty())
      emit_block(indent, mark, origin);
    else
      emit(std::string(indent) + mark + std::string(formula->after), origin);
    at_ += formula->length;
    return true;
  }

  // Not in code spans.
  std::string inline_formulas(std::string_view text) {
    if (text.find('$') == std::string_view::npos && text.find("\\\\(") == std::string_view::npos)
      return std::string(text);
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
      if (text[i] == '`') {
        const std::size_t end = end_of_code_span(text, i);
        out += text.substr(i, end - i);
        i = end;
      } else if (const auto formula = inline_formula(text, i)) {
        out += add_insert({Insert::Kind::inline_formula, std::string(text.substr(i, formula->length)),
                           std::string(trim(formula->content)), "", 0});
        i += formula->length;
      } else {
        out += text[i++];
      }
    }
    return out;
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

  const PrepareOptions& options_;
  const Scope scope_;
  const std::int32_t first_line_;
  PreparedText prepared_;
  SourceLines lines_;
  std::size_t at_ = 0;
  FenceState fence_;
  PreparedText::Line fence_line_;
  bool runnable_ = false;  ///< the open fence
  bool in_comment_ = false;
  bool in_table_ = false;
};

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
