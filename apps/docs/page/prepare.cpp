#include "docs/page/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "docs/page/directive_text.h"
#include "docs/page/fence.h"
#include "docs/page/footnotes.h"
#include "docs/page/formula_text.h"
#include "docs/page/front_matter.h"
#include "docs/page/include.h"
#include "docs/page/raw_html.h"
#include "docs/page/table_text.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

enum class Scope { page, piece };

bool is_bare_assert(std::string_view line) {
  const std::string_view code = trim(line);
  return (code.starts_with("assert ") || code.starts_with("assert(")) &&
         code.find("doc-builder: hide") == std::string_view::npos &&
         code.find("ignore-bare-assert") == std::string_view::npos;
}

// "## Title"
bool is_heading(std::string_view line) {
  const std::string_view text = trim(line);
  const std::size_t signs = std::min(text.find_first_not_of('#'), text.size());
  return indent_of(line) < 4 && signs >= 1 && signs <= 6 && (signs == text.size() || text[signs] == ' ');
}

// The "<" at `begin` is no tag's, and "<!--" holds no dashes of prose.
std::string with_plain_sign(std::string_view text, std::size_t begin) {
  std::string out(text.substr(0, begin));
  const std::size_t end = text.substr(begin).starts_with("<!--") ? begin + 4 : begin + 1;
  for (const char c : text.substr(begin, end - begin)) out.append(c == '!' ? "" : "\\").append(1, c);
  return out.append(text.substr(end));
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
    if (scope_ == Scope::page) {
      const FrontMatter front = read_front_matter(lines_.text, {prepared_.files[0], first_line_}, prepared_.findings);
      std::fill_n(lines_.text.begin(), front.lines, std::string_view());
      prepared_.title = front.title;
      prepared_.description = front.description;
      lines_ = with_includes(lines_, options_, prepared_);
    }
    if (text.find("[^") != std::string_view::npos) take_footnotes(lines_, prepared_);
    prepared_.text.reserve(text.size() + text.size() / 16);
    for (at_ = 0; at_ < lines_.text.size();) line();
    if (fence_.open())
      report("unclosed-fence", fence_line_, "a code fence is never closed", "end the block with ``` on its own line");
    order_footnotes();
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
    if (const auto unclosed = unclosed_html(lines_.text, at_)) {
      report("unclosed-html", origin, fmt::format("{} is never closed, and would swallow the rest", unclosed->opening),
             fmt::format("close it with {}, or write {} as code", unclosed->closing, unclosed->opening));
      emit(inline_formulas(with_plain_sign(text, unclosed->begin)), origin);
      ++at_;
      return;
    }
    if (const std::size_t begin = find_outside_code(text, "<!--"); begin != std::string_view::npos)
      in_comment_ = text.find("-->", begin) == std::string_view::npos;
    if (!in_comment_) {
      if (scope_ == Scope::page && text.find("[[") != std::string_view::npos && marker(text, origin)) return;
      if (display_formula(text, origin)) return;
    }
    if (!in_table_ && is_table_rule(text) && at_ > 0 && lines_.text[at_ - 1].find('|') != std::string_view::npos) {
      table_rule(text, origin);
      ++at_;
      return;
    }
    if (trim(text).empty()) in_table_ = false;
    if (is_heading(text)) end_table(origin);
    if (in_table_) check_row(text, origin);
    if (!components(text, origin))
      emit(in_table_ ? with_spaced_addresses(inline_formulas(text)) : inline_formulas(text), origin);
    ++at_;
  }

  // The row of hyphens says how many columns there are: those of the header must all be there.
  void table_rule(std::string_view text, PreparedText::Line origin) {
    in_table_ = true;
    const std::size_t header = count_cells(lines_.text[at_ - 1]);
    columns_ = count_cells(text);
    std::string row(text);
    if (columns_ != header)
      report("bad-table", origin,
             fmt::format("the table's header has {} cells, the row of hyphens {}", header, columns_),
             "write one `---` for each column");
    if (columns_ < header && !trim(row).ends_with('|')) row += '|';
    for (; columns_ < header; ++columns_) row += "---|";
    emit(row, origin);
  }

  void check_row(std::string_view text, PreparedText::Line origin) {
    const std::size_t cells = text.find('|') == std::string_view::npos ? 1 : count_cells(text);
    if (cells > columns_)
      report("bad-table", origin,
             fmt::format("the row has {} cells, the table {} columns: the last are not shown", cells, columns_),
             "write `\\|` for a bar within a cell");
  }

  // Numbered as they are referred to; those that nothing refers to come last.
  void order_footnotes() {
    const auto place = [this](const Footnote& note) {
      return std::ranges::find(referred_, note.name) - referred_.begin();
    };
    std::ranges::stable_sort(prepared_.footnotes, {}, place);
    for (const Footnote& note : prepared_.footnotes)
      if (std::ranges::find(referred_, note.name) == referred_.end())
        report("unused-footnote", note.line, fmt::format("nothing refers to the footnote [^{}]", note.name),
               fmt::format("write [^{}] where it belongs", note.name));
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
    if (auto found = directive_at(lines_.text, at_)) {
      found->directive.page = options_.page;
      found->directive.where = {prepared_.files[origin.file], origin.number};
      const std::size_t index = prepared_.directives.size();
      prepared_.directives.push_back(std::move(found->directive));
      emit_block(indent, add_insert({Insert::Kind::directive, std::string(trim(text)), "", "", index}), origin);
      at_ += found->lines;
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

  // Formulas and footnotes; not in code spans.
  std::string inline_formulas(std::string_view text) {
    if (text.find('$') == std::string_view::npos && text.find("\\\\(") == std::string_view::npos &&
        text.find("[^") == std::string_view::npos)
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
      } else if (const auto name = footnote_name(text, i); name && refers(*name, text, i)) {
        const std::size_t length = name->size() + 3;
        out += add_insert({Insert::Kind::footnote, std::string(text.substr(i, length)), std::string(*name), "", 0});
        i += length;
      } else {
        out += text[i++];
      }
    }
    return out;
  }

  // Whether "[^name]" is one of the page's footnotes.
  bool refers(std::string_view name, std::string_view text, std::size_t at) {
    if (at > 0 && text[at - 1] == '\\') return false;
    if (std::ranges::find(prepared_.footnotes, name, &Footnote::name) == prepared_.footnotes.end()) {
      if (!prepared_.footnotes.empty())
        report("unknown-footnote", lines_.origin[at_], fmt::format("there is no footnote [^{}]", name),
               fmt::format("write it on a line of its own: [^{}]: what it says", name));
      return false;
    }
    if (std::ranges::find(referred_, name) == referred_.end()) referred_.emplace_back(name);
    return true;
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
  std::size_t columns_ = 0;            ///< of the table
  std::vector<std::string> referred_;  ///< footnotes, in order
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
  const auto problem = encoding_problem(text);
  const std::string clean = without_marks(text.find('\0') == std::string_view::npos ? text : std::string_view());
  PreparedText prepared = Preparation(where, options, Scope::page).run(clean);
  if (problem)
    prepared.findings.push_back(finding_at({where.file, problem->line}, Severity::error, "not-utf8",
                                           "the page is not UTF-8: " + problem->what, "save the file as UTF-8"));
  return prepared;
}

PreparedText prepare_piece(std::string_view text, const SourcePosition& where) {
  const std::string clean = without_marks(text);
  const PrepareOptions options;
  return Preparation(where, options, Scope::piece).run(clean);
}

}  // namespace veneer::docs
