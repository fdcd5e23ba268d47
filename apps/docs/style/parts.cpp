#include "docs/style/parts.h"

#include <algorithm>
#include <utility>

#include "docs/highlight/lexer.h"
#include "docs/style/wrap.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

constexpr std::string_view kQuotes = "\"\"\"";

// What stands before a position on its line.
std::string_view before_on_line(std::string_view text, std::size_t at) {
  const std::size_t line_end = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  const std::size_t begin = line_end == std::string_view::npos ? 0 : line_end + 1;
  return text.substr(begin, at - begin);
}

bool is_space_only(std::string_view text) {
  return text.find_first_not_of(' ') == std::string_view::npos;
}

// "NAME = " or "NAME: str = " with DOC in the name.
bool assigns_documentation(std::string_view before) {
  const std::string_view name = trim(before).substr(0, trim(before).find_first_of(" :="));
  return trim(before).ends_with('=') && before.find('(') == std::string_view::npos &&
         name.find("DOC") != std::string_view::npos && !before.starts_with(' ');
}

// Counts line ends as positions grow.
class LineCounter {
 public:
  explicit LineCounter(std::string_view text) : text_(text) {}
  std::size_t line(std::size_t at) {
    line_ += static_cast<std::size_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                                 text_.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    at_ = at;
    return line_;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0, line_ = 1;
};

// Brackets and the last character of code, over the text between tokens.
struct Statement {
  int depth = 0;
  char last = 0;
  void read(std::string_view code) {
    for (const char c : code) {
      if (c == '(' || c == '[' || c == '{') ++depth;
      if (c == ')' || c == ']' || c == '}') --depth;
      if (c != ' ' && c != '\n' && c != '\t') last = c;
    }
  }
};

// The lines of a comment, without margin and mark.
struct CommentLines {
  std::string text;
  void add(std::string_view line) {
    if (line.starts_with(' ')) line.remove_prefix(1);
    text += line;
  }
};

bool is_line_comment(std::string_view comment) {
  if (comment.starts_with("////") || comment.starts_with("///<") || comment.starts_with("//!<")) return false;
  return comment.starts_with("///") || comment.starts_with("//!");
}

// Lines that follow `first` with the same mark and margin; moves `token` to the last of them.
DocPart line_comments(std::string_view text, const std::vector<Token>& tokens, std::size_t& token) {
  DocPart part;
  part.kind = StyledKind::cpp;
  part.begin = tokens[token].begin;
  part.margin = before_on_line(text, part.begin);
  part.first_mark = part.mark = text.substr(part.begin, 3);
  CommentLines lines;
  for (std::size_t next = token; next < tokens.size(); ++next) {
    const std::string_view comment = text.substr(tokens[next].begin, tokens[next].end - tokens[next].begin);
    if (!is_line_comment(comment) || !comment.starts_with(part.mark)) break;
    if (next > token) {
      const std::string_view gap = text.substr(part.end, tokens[next].begin - part.end);
      if (gap != "\n" + part.margin) break;
      lines.text += '\n';
    }
    lines.add(comment.substr(3));
    part.end = tokens[next].end;
    token = next;
  }
  part.text = std::move(lines.text);
  return part;
}

// Whether it is one that we can write again: a star before every line.
bool block_comment(std::string_view comment, DocPart& part) {
  comment.remove_prefix(3);
  comment.remove_suffix(2);
  const std::string body = std::string(comment) + ' ';  // a last line that is empty counts
  const std::vector<std::string_view> lines = split_lines(body);
  if (lines.size() < 2) return false;
  CommentLines text;
  text.add(lines[0]);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    std::string_view line = lines[i];
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    const bool last = i + 1 == lines.size();
    if (last && line.empty()) {
      part.end_mark = "\n" + part.margin + " */";
      break;
    }
    if (!line.starts_with('*')) return false;
    text.text += '\n';
    text.add(line.substr(1));
    if (last) {
      text.text.erase(text.text.find_last_not_of(' ') + 1);
      part.end_mark = " */";
      part.last_used = 3;
    }
  }
  part.text = std::move(text.text);
  return true;
}

}  // namespace

std::vector<DocPart> python_docstrings(std::string_view text) {
  std::vector<DocPart> parts;
  LineCounter lines(text);
  Statement statement;
  std::size_t at = 0, previous_end = 0;
  for (const Token& token : find_lexer("python")->run(text)) {
    statement.read(text.substr(at, token.begin - at));
    at = token.end;
    if (token.kind == TokenClass::comment) continue;
    const char before = std::exchange(statement.last, 'x');
    if (token.kind != TokenClass::string) continue;
    const std::string_view literal = text.substr(token.begin, token.end - token.begin);
    const std::size_t quotes = literal.find('"');
    if (quotes > 1 || !literal.substr(quotes).starts_with(kQuotes) || literal.size() < quotes + 6) continue;
    if (!literal.ends_with(kQuotes) || (quotes == 1 && (literal[0] | 0x20) != 'r')) continue;
    const std::string_view prefix = before_on_line(text, token.begin);
    const bool alone = is_space_only(prefix) && statement.depth == 0 && (before == ':' || before == 0);
    if (!alone && !(statement.depth == 0 && assigns_documentation(prefix))) continue;
    DocPart part;
    part.begin = token.begin + quotes + 3;
    part.end = token.end - 3;
    part.previous_end = std::exchange(previous_end, token.end);
    part.line = lines.line(part.begin);
    part.text = text.substr(part.begin, part.end - part.begin);
    part.base_indent = alone ? prefix.size() : 0;
    part.first_used = width_of(prefix) + quotes + 3;
    part.last_used = 3;
    parts.push_back(std::move(part));
  }
  return parts;
}

std::vector<DocPart> cpp_comments(std::string_view text) {
  std::vector<DocPart> parts;
  LineCounter lines(text);
  const std::vector<Token> tokens = find_lexer("cpp")->run(text);
  std::size_t previous_end = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].kind != TokenClass::comment || !is_space_only(before_on_line(text, tokens[i].begin))) continue;
    const std::string_view comment = text.substr(tokens[i].begin, tokens[i].end - tokens[i].begin);
    DocPart part;
    if (is_line_comment(comment)) {
      part = line_comments(text, tokens, i);
    } else if (comment.starts_with("/**") && comment.ends_with("*/") && comment.size() > 5 && comment[3] != '*' &&
               comment[3] != '<') {
      part.kind = StyledKind::cpp;
      part.begin = tokens[i].begin;
      part.end = tokens[i].end;
      part.margin = before_on_line(text, part.begin);
      part.first_mark = "/**";
      part.mark = " *";
      part.first_used = 1;
      if (!block_comment(comment, part)) continue;
    } else {
      continue;
    }
    part.line = lines.line(part.begin);
    part.previous_end = std::exchange(previous_end, part.end);
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace veneer::docs
