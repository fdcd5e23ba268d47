#include "docs/symbols/cpp_tokens.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace veneer::docs {
namespace {

bool is_letter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || static_cast<signed char>(c) < 0;
}

// Longest first. ">>" is two tokens, so that each can close a bracket.
constexpr std::array<std::string_view, 27> kSigns{
    "<=>", "...", "->*", "<<=", "::", "->", "<<", "<=", ">=", "==", "!=", "&&", "||", "+=",
    "-=",  "*=",  "/=",  "%=",  "&=", "|=", "^=", "++", "--", ".*", "[[", "]]", "##"};

class Lexer {
 public:
  Lexer(std::string_view source, std::size_t at) : source_(source), at_(at) {}

  // False at the end.
  bool next(CppToken& token) {
    token.spaced = skip_space();
    if (at_ >= source_.size()) return false;
    const std::size_t begin = at_;
    token.kind = read();
    token.offset = begin;
    token.text = source_.substr(begin, at_ - begin);
    return true;
  }

 private:
  char ahead(std::size_t more) const { return at_ + more < source_.size() ? source_[at_ + more] : '\0'; }

  // White space, and lines that speak to the preprocessor.
  bool skip_space() {
    const std::size_t begin = at_;
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (c == '\\' && (ahead(1) == '\n' || ahead(1) == '\r')) {
        at_ += 2;
      } else if (std::isspace(static_cast<unsigned char>(c))) {
        ++at_;
      } else if (c == '#' && starts_line()) {
        while (at_ < source_.size() && (source_[at_] != '\n' || source_[at_ - 1] == '\\')) ++at_;
      } else {
        break;
      }
    }
    return at_ > begin;
  }

  bool starts_line() const {
    const std::size_t last = source_.substr(0, at_).find_last_not_of(" \t");
    return last != std::string_view::npos && source_[last] == '\n';
  }

  CppToken::Kind read() {
    const char c = source_[at_];
    if (c == '/' && ahead(1) == '/') {
      at_ = std::min(source_.find('\n', at_), source_.size());
      return CppToken::Kind::comment;
    }
    if (c == '/' && ahead(1) == '*') {
      at_ = std::min(source_.find("*/", at_ + 2), source_.size() - 2) + 2;
      return CppToken::Kind::comment;
    }
    if (std::isdigit(static_cast<unsigned char>(c)) ||
        (c == '.' && std::isdigit(static_cast<unsigned char>(ahead(1))))) {
      read_number();
      return CppToken::Kind::number;
    }
    if (is_letter(c)) {
      while (at_ < source_.size() && is_letter(source_[at_])) ++at_;
      if (ahead(0) == '"' && source_[at_ - 1] == 'R') return read_raw();
      return CppToken::Kind::word;
    }
    if (c == '"' || c == '\'') {
      for (++at_; at_ < source_.size() && source_[at_] != c && source_[at_] != '\n'; ++at_)
        if (source_[at_] == '\\') ++at_;
      at_ = std::min(at_ + 1, source_.size());
      return CppToken::Kind::text;
    }
    const auto* sign =
        std::ranges::find_if(kSigns, [&](std::string_view s) { return source_.substr(at_).starts_with(s); });
    at_ += sign == kSigns.end() ? 1 : sign->size();
    return CppToken::Kind::sign;
  }

  void read_number() {
    while (at_ < source_.size()) {
      const char c = source_[at_];
      const bool is_exponent =
          (c == '+' || c == '-') && std::string_view("eEpP").find(source_[at_ - 1]) != std::string_view::npos;
      const bool is_divided = c == '\'' && is_letter(ahead(1));
      if (!is_letter(c) && c != '.' && !is_exponent && !is_divided) break;
      ++at_;
    }
  }

  CppToken::Kind read_raw() {
    const std::size_t open = source_.find('(', at_);
    if (open == std::string_view::npos) return CppToken::Kind::text;
    const std::string close = ")" + std::string(source_.substr(at_ + 1, open - at_ - 1)) + "\"";
    at_ = std::min(source_.find(close, open), source_.size() - std::min(close.size(), source_.size())) + close.size();
    return CppToken::Kind::text;
  }

  std::string_view source_;
  std::size_t at_;
};

// "a < b" or "List<T>": a bracket stands behind a name.
bool opens_angle(CppTokens tokens, std::size_t at) {
  if (!tokens[at].is("<") || at == 0) return false;
  return tokens[at - 1].is_word();
}

}  // namespace

std::vector<CppToken> declaration_tokens(std::string_view source, std::size_t begin) {
  std::vector<CppToken> tokens;
  Lexer lexer(source, begin);
  int depth = 0;
  for (CppToken token; lexer.next(token);) {
    tokens.push_back(token);
    if (token.kind != CppToken::Kind::sign) continue;
    if (token.is("(") || token.is("[") || token.is("{")) ++depth;
    if (token.is("[[")) depth += 2;
    if (token.is(")") || token.is("]") || token.is("}")) --depth;
    if (token.is("]]")) depth -= 2;
    if (depth < 0 || (depth == 0 && token.is(";"))) break;
  }
  return tokens;
}

std::vector<CppToken> all_tokens(std::string_view text) {
  std::vector<CppToken> tokens;
  Lexer lexer(text, 0);
  for (CppToken token; lexer.next(token);)
    if (token.kind != CppToken::Kind::comment) tokens.push_back(token);
  return tokens;
}

std::size_t behind_bracket(CppTokens tokens, std::size_t at) {
  const bool angle = tokens[at].is("<");
  int depth = 0, angles = 0;
  for (std::size_t i = at; i < tokens.size(); ++i) {
    const CppToken& token = tokens[i];
    if (token.is("(") || token.is("[") || token.is("{")) ++depth;
    if (token.is("[[")) depth += 2;
    if (token.is(")") || token.is("]") || token.is("}")) --depth;
    if (token.is("]]")) depth -= 2;
    if (angle && depth == 0) {
      if (i == at || opens_angle(tokens, i)) ++angles;
      if (token.is(">")) --angles;
      if (token.is("->") || token.is(";")) return tokens.size();
    }
    if (depth < 0) return i;
    if (depth == 0 && angles == 0) return i + 1;
  }
  return tokens.size();
}

std::size_t behind_attribute(CppTokens tokens, std::size_t at) {
  if (at >= tokens.size()) return at;
  if (tokens[at].is("[[")) return behind_bracket(tokens, at);
  const bool is_call = tokens[at].is("__attribute__") || tokens[at].is("alignas") || tokens[at].is("__declspec");
  return is_call && at + 1 < tokens.size() && tokens[at + 1].is("(") ? behind_bracket(tokens, at + 1) : at;
}

std::size_t behind_constraint(CppTokens tokens, std::size_t at) {
  while (at < tokens.size()) {
    while (at < tokens.size() && tokens[at].is("!")) ++at;
    if (at < tokens.size() && tokens[at].is("requires")) {
      ++at;
      if (at < tokens.size() && tokens[at].is("(")) at = behind_bracket(tokens, at);
      if (at < tokens.size() && tokens[at].is("{")) at = behind_bracket(tokens, at);
    } else if (at < tokens.size() && tokens[at].is("(")) {
      at = behind_bracket(tokens, at);
    } else {
      if (at < tokens.size() && tokens[at].is("::")) ++at;
      while (at < tokens.size() && (tokens[at].is_word() || tokens[at].kind == CppToken::Kind::number)) {
        ++at;
        if (at < tokens.size() && tokens[at].is("<")) at = behind_bracket(tokens, at);
        if (at >= tokens.size() || !tokens[at].is("::")) break;
        ++at;
      }
    }
    if (at >= tokens.size() || !(tokens[at].is("&&") || tokens[at].is("||"))) return at;
    ++at;
  }
  return at;
}

std::size_t find_outside(CppTokens tokens, std::size_t at, const std::function<bool(const CppToken&)>& stops) {
  while (at < tokens.size() && !stops(tokens[at])) {
    const bool opens = tokens[at].is("(") || tokens[at].is("[") || tokens[at].is("{") || tokens[at].is("[[");
    std::size_t behind = at + 1;
    if (opens) behind = behind_bracket(tokens, at);
    if (opens_angle(tokens, at)) {
      // "a < b": nothing closes it.
      const std::size_t closed = behind_bracket(tokens, at);
      if (closed < tokens.size() || tokens.back().is(">")) behind = closed;
    }
    at = std::max(behind, at + 1);
  }
  return at;
}

std::string joined(CppTokens tokens) {
  std::string text;
  bool space = false;
  for (const CppToken& token : tokens) {
    space = space || token.spaced || token.kind == CppToken::Kind::comment;
    if (token.kind == CppToken::Kind::comment) continue;
    if (space && !text.empty()) text += ' ';
    text += token.text;
    space = false;
  }
  return text;
}

}  // namespace veneer::docs
