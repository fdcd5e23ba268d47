#include "docs/symbols/python_outline.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace veneer::docs {
namespace {

// Bytes at which the scanner has to look: quotes, brackets, comments, line ends, backslashes, and the colon that ends
// a function's head.
constexpr std::array<bool, 256> kStops = [] {
  std::array<bool, 256> stops{};
  for (const char c : std::string_view("\"'()[]{}#\n\\:")) stops[static_cast<unsigned char>(c)] = true;
  return stops;
}();

struct LogicalLine {
  std::size_t begin = 0;  // first byte, indentation included
  std::size_t end = 0;    // one past its line end
  std::size_t code = 0;   // first byte after the indentation
  bool blank = false;     // nothing but space and comments
  bool is_string = false;
  bool opens_block = false;  // the last thing on it, comments aside, is a colon
};

// Walks a text one logical line at a time: brackets, strings and backslashes join physical lines.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool next(LogicalLine& line) {
    if (at_ == text_.size()) return false;
    line = {.begin = at_, .end = at_, .code = at_};
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\f')) ++at_;
    line.code = at_;
    line.blank = at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '#';
    line.is_string = starts_string();
    std::size_t depth = 0, colon = std::string_view::npos;
    while (at_ < text_.size()) {
      while (at_ < text_.size() && !kStops[static_cast<unsigned char>(text_[at_])]) ++at_;
      if (at_ == text_.size()) break;
      const char c = text_[at_];
      if (c == '\n') {
        ++at_;
        if (depth == 0) break;
      } else if (c == '#') {
        const std::size_t newline = text_.find('\n', at_);
        line.opens_block = is_last_code(colon);
        at_ = newline == std::string_view::npos ? text_.size() : newline;
      } else if (c == '\\') {
        at_ = std::min(at_ + 2, text_.size());
      } else if (c == '"' || c == '\'') {
        skip_string(c);
      } else {
        if (c == '(' || c == '[' || c == '{') ++depth;
        if ((c == ')' || c == ']' || c == '}') && depth > 0) --depth;
        if (c == ':' && depth == 0) colon = at_;
        ++at_;
      }
    }
    line.end = at_;
    if (!line.opens_block) line.opens_block = is_last_code(colon);
    return true;
  }

 private:
  bool is_last_code(std::size_t colon) const {
    if (colon == std::string_view::npos) return false;
    for (std::size_t i = colon + 1; i < at_; ++i)
      if (text_[i] != ' ' && text_[i] != '\t' && text_[i] != '\n' && text_[i] != '\r') return false;
    return true;
  }

  bool starts_string() const {
    std::size_t i = at_;
    while (i < text_.size() && i < at_ + 2 && std::string_view("rRuUbBfF").find(text_[i]) != std::string_view::npos)
      ++i;
    return i < text_.size() && (text_[i] == '"' || text_[i] == '\'');
  }

  void skip_string(char quote) {
    const bool triple = at_ + 2 < text_.size() && text_[at_ + 1] == quote && text_[at_ + 2] == quote;
    at_ += triple ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\') {
        at_ = std::min(at_ + 2, text_.size());
      } else if (c == quote && (!triple || (at_ + 2 < text_.size() && text_[at_ + 1] == c && text_[at_ + 2] == c))) {
        at_ += triple ? 3 : 1;
        return;
      } else if (c == '\n' && !triple) {
        return;  // an unclosed string ends with its line
      } else {
        ++at_;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool is_function_head(std::string_view code) {
  if (code.starts_with("async")) {
    code.remove_prefix(5);
    const std::size_t space = code.find_first_not_of(" \t");
    if (space == 0 || space == std::string_view::npos) return false;
    code.remove_prefix(space);
  }
  return code.starts_with("def ") || code.starts_with("def\t");
}

void keep_line_ends(std::string_view cut, std::string& out) {
  out.append(static_cast<std::size_t>(std::count(cut.begin(), cut.end(), '\n')), '\n');
}

}  // namespace

std::string outline_python(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 2);
  Scanner scanner(text);
  LogicalLine line;
  enum class Body : std::uint8_t { none, first, rest } body = Body::none;
  std::size_t head_indent = 0;
  while (scanner.next(line)) {
    const std::string_view whole = text.substr(line.begin, line.end - line.begin);
    const std::size_t indent = line.code - line.begin;
    if (line.blank) {
      // "#: what the next name is for" is documentation, but not in a function.
      if (text.substr(line.code, 2) == "#:" && (body == Body::none || indent <= head_indent))
        out += whole;
      else
        keep_line_ends(whole, out);
      continue;
    }
    if (body != Body::none && indent <= head_indent) body = Body::none;
    if (body == Body::first) {
      body = Body::rest;
      if (line.is_string) {
        out += whole;
      } else {
        out.append(whole.substr(0, indent)).append("pass");
        keep_line_ends(whole, out);
      }
    } else if (body == Body::rest) {
      keep_line_ends(whole, out);
    } else {
      out += whole;
      if (line.opens_block && is_function_head(text.substr(line.code, 16))) {
        body = Body::first;
        head_indent = indent;
      }
    }
  }
  return out;
}

}  // namespace veneer::docs
