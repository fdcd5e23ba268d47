#include "docs/highlight/lexer.h"

#include <algorithm>
#include <string>

namespace veneer::docs {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_number(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_word(char c) {
  return is_lower(c) || is_upper(c) || is_number(c) || c == '_' || static_cast<unsigned char>(c) > 127;
}

bool holds(std::string_view text, char c) {
  return text.find(c) != std::string_view::npos;
}

template <class Body>
void each_word(std::string_view list, Body&& body) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    if (end > 0) body(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

}  // namespace

Lexer::Lexer(const Language& language) : language_(language) {
  // The first list that names a word wins.
  each_word(language.keywords, [&](std::string_view word) { words_.emplace(word, TokenClass::keyword); });
  each_word(language.types, [&](std::string_view word) { words_.emplace(word, TokenClass::type); });
  each_word(language.functions, [&](std::string_view word) { words_.emplace(word, TokenClass::function); });
  for (const Delimited& item : language.delimited) starts_delimited_[static_cast<unsigned char>(item.begin[0])] = true;
}

// One pass over one code. Every step moves at_ forward by at least one byte, and looks ahead no further than to what it
// then takes, over white space, or (once a line) to the line's end.
class Lexing {
 public:
  Lexing(const Lexer& lexer, std::string_view code, std::size_t begin, std::vector<Token>& tokens)
      : lexer_(lexer), language_(lexer.language_), code_(code), at_(begin), tokens_(tokens) {}

  void run() {
    while (at_ < code_.size()) {
      const char c = code_[at_];
      if (c == '\n') {
        fresh_ = true;
        if (at_ == 0 || code_[at_ - 1] != '\\') command_ = true;
        ++at_;
      } else if (is_blank(c)) {
        ++at_;
      } else {
        step(c);
        fresh_ = false;
      }
    }
  }

 private:
  void step(char c) {
    if (fresh_ && key_of_line()) return;
    if (lexer_.starts_delimited_[static_cast<unsigned char>(c)] && delimited()) return;
    if (sigil(c)) return;
    if (language_.words == Words::none) {
      ++at_;
      return;
    }
    if (language_.form == Form::c && c == '#' && fresh_) return preprocessor();
    if (language_.form == Form::markup && c == '<' && tag()) return;
    if (language_.form == Form::markup) {
      ++at_;
      return;
    }
    if (is_number(c) || (c == '.' && at_ + 1 < code_.size() && is_number(code_[at_ + 1]) && !after_word()))
      return number();
    if (is_word(c) || (c == '-' && language_.form == Form::shell && placed(Where::after_space))) return word();
    if (language_.form == Form::shell && holds("|;&(`", c)) command_ = true;
    ++at_;
  }

  void take(std::size_t end, TokenClass kind) {
    if (end > at_) tokens_.push_back({at_, end, kind});
    at_ = end;
  }

  [[nodiscard]] bool after_word() const { return at_ > 0 && is_word(code_[at_ - 1]); }
  [[nodiscard]] std::size_t line_end(std::size_t from) const { return std::min(code_.find('\n', from), code_.size()); }

  [[nodiscard]] bool placed(Where where) const {
    switch (where) {
      case Where::line_start:
        return fresh_;
      case Where::after_space:
        return at_ == 0 || is_blank(code_[at_ - 1]);
      default:
        return true;
    }
  }

  struct End {
    std::size_t at;
    bool closed;
  };
  // Past the end mark; or where the token ends without one: the line's end (an escaped one does not count), or the
  // code's.
  [[nodiscard]] End find_end(std::size_t from, const Delimited& item) const {
    if (item.end.empty()) return {line_end(from), true};
    for (std::size_t i = from; i < code_.size(); ++i) {
      const char c = code_[i];
      if (c == '\\' && item.escape == Escape::backslash) {
        ++i;
      } else if (c == '\n' && item.lines != Lines::many) {
        return {i, false};
      } else if (c == item.end[0] && code_.substr(i).starts_with(item.end)) {
        if (item.escape != Escape::doubled || i + 1 >= code_.size() || code_[i + 1] != c)
          return {i + item.end.size(), true};
        ++i;
      }
    }
    return {code_.size(), false};
  }

  bool delimited() {
    for (const Delimited& item : language_.delimited) {
      if (!code_.substr(at_).starts_with(item.begin) || !placed(item.where)) continue;
      if (take_delimited(at_ + item.begin.size(), item)) return true;
    }
    return false;
  }

  bool take_delimited(std::size_t from, const Delimited& item) {
    const auto [end, closed] = find_end(from, item);
    if (!closed && item.lines == Lines::one_closed) return false;
    TokenClass kind = item.kind;
    if (language_.keys == Keys::string_before_colon && kind == TokenClass::string && next_is(end, ':'))
      kind = TokenClass::variable;
    take(end, kind);
    command_ = false;
    return true;
  }

  [[nodiscard]] bool next_is(std::size_t from, char wanted) const {
    while (from < code_.size() && is_blank(code_[from])) ++from;
    return from < code_.size() && code_[from] == wanted;
  }

  bool sigil(char c) {
    for (const Sigil& item : language_.sigils) {
      if (c != item.character || !placed(item.where)) continue;
      std::size_t end = at_ + 1;
      if (end < code_.size() && code_[end] == '{') {
        end = std::min(code_.find_first_of("}\n", end), code_.size());
        if (end < code_.size() && code_[end] == '}') ++end;
      } else {
        while (end < code_.size() && (is_word(code_[end]) || (item.character == '@' && code_[end] == '.'))) ++end;
      }
      if (end == at_ + 1) return false;
      take(end, item.kind);
      command_ = false;
      return true;
    }
    return false;
  }

  // "key:" or "key =" at the beginning of a line, behind the marks of list items.
  bool key_of_line() {
    if (language_.keys != Keys::line_to_colon && language_.keys != Keys::line_to_equals) return false;
    const char mark = language_.keys == Keys::line_to_colon ? ':' : '=';
    std::size_t begin = at_;
    while (mark == ':' && code_.substr(begin).starts_with("- ")) begin += 2;
    std::size_t end = begin;
    while (end < code_.size() && !holds("\n:=#'\"[]{},&*!", code_[end])) ++end;
    if (end == code_.size() || code_[end] != mark) return false;
    if (mark == ':' && end + 1 < code_.size() && !is_blank(code_[end + 1])) return false;
    while (end > begin && is_blank(code_[end - 1])) --end;
    if (end == begin) return false;
    at_ = begin;
    take(end, TokenClass::variable);
    return true;
  }

  void preprocessor() {
    std::size_t end = at_ + 1;
    while (end < code_.size() && (code_[end] == ' ' || code_[end] == '\t')) ++end;
    const std::size_t name = end;
    while (end < code_.size() && is_word(code_[end])) ++end;
    const bool include = code_.substr(name, end - name) == "include";
    take(end, TokenClass::keyword);
    if (!include) return;
    while (at_ < code_.size() && (code_[at_] == ' ' || code_[at_] == '\t')) ++at_;
    if (at_ < code_.size() && code_[at_] == '<')
      take(std::min(code_.find_first_of(">\n", at_), code_.size() - 1) + 1, TokenClass::string);
  }

  void number() {
    std::size_t end = at_ + 1;
    while (end < code_.size()) {
      const char c = code_[end], before = code_[end - 1];
      const bool sign = (c == '+' || c == '-') && (before == 'e' || before == 'E') && !hexadecimal();
      const bool separator =
          c == '\'' && language_.form == Form::c && end + 1 < code_.size() && is_word(code_[end + 1]);
      if (!is_word(c) && c != '.' && !sign && !separator) break;
      ++end;
    }
    const bool shell_word = language_.form == Form::shell && (command_ || (end < code_.size() && code_[end] == '-'));
    if (shell_word) {
      at_ = end;
      command_ = false;
      return;
    }
    take(end, TokenClass::number);
  }
  [[nodiscard]] bool hexadecimal() const { return at_ + 1 < code_.size() && (code_[at_ + 1] | 0x20) == 'x'; }

  void word() {
    std::size_t end = at_ + 1;
    while (end < code_.size() && (is_word(code_[end]) || holds(language_.word_extra, code_[end]))) ++end;
    const std::string_view word = code_.substr(at_, end - at_);
    if (end < code_.size() && string_with_prefix(word, end)) return;
    const bool command = command_;
    command_ = false;
    const auto known = lexer_.words_.find(word);
    if (known != lexer_.words_.end() && !member(known->second)) {
      const bool opens = language_.form == Form::shell && known->second == TokenClass::keyword && word != "for" &&
                         word != "in" && word != "case";
      definition_ = word == "class" || word == "struct" || word == "enum" ? TokenClass::type : TokenClass::function;
      defines_ = definition_ == TokenClass::type || word == "def" || word == "function";
      take(end, known->second);
      command_ = opens;
      return;
    }
    const bool defined = defines_;
    defines_ = false;
    if (language_.form == Form::shell) return shell_word(word, end, command);
    if (defined) return take(end, definition_);
    if (end < code_.size() && code_[end] == '(') return take(end, TokenClass::function);
    const bool has_types = language_.keys == Keys::none;
    if (has_types && is_upper(word[0]) && std::any_of(word.begin(), word.end(), is_lower))
      return take(end, TokenClass::type);
    at_ = end;
  }

  // object.name is not the keyword or the builtin of that name.
  [[nodiscard]] bool member(TokenClass kind) const {
    return at_ > 0 && code_[at_ - 1] == '.' && kind != TokenClass::type && language_.form != Form::shell;
  }

  void shell_word(std::string_view word, std::size_t end, bool command) {
    if (word[0] == '-') {
      take(end, TokenClass::variable);
      command_ = command;
    } else if (command && end < code_.size() && code_[end] == '=') {
      take(end, TokenClass::variable);
      at_ = std::min(at_ + 1, code_.size());
      // NAME=value command
      while (at_ < code_.size() && !is_blank(code_[at_]) && !holds("\"'$`;|&", code_[at_])) ++at_;
      command_ = true;
    } else if (command && !holds("/.", word[0])) {
      take(end, TokenClass::function);
    } else {
      at_ = end;
    }
  }

  bool string_with_prefix(std::string_view word, std::size_t end) {
    const char quote = code_[end];
    if (quote != '"' && quote != '\'') return false;
    if (word.size() > 3 || language_.string_prefixes.empty()) return false;
    if (!std::all_of(word.begin(), word.end(), [&](char c) { return holds(language_.string_prefixes, c); }))
      return false;
    if (language_.form == Form::c && word.back() == 'R' && quote == '"') return raw_string(end);
    for (const Delimited& item : language_.delimited)
      if (item.kind == TokenClass::string && code_.substr(end).starts_with(item.begin))
        return take_delimited(end + item.begin.size(), item);
    return false;
  }

  bool raw_string(std::size_t quote) {
    const std::size_t open = code_.find_first_of("(\n\"", quote + 1);
    if (open == std::string_view::npos || code_[open] != '(' || open - quote > 17) return false;
    std::string close = ")";
    close += code_.substr(quote + 1, open - quote - 1);
    close += '"';
    const std::size_t end = code_.find(close, open);
    take(end == std::string_view::npos ? code_.size() : end + close.size(), TokenClass::string);
    return true;
  }

  // "<name", its attributes, and ">". What a script element holds is JavaScript.
  bool tag() {
    std::size_t end = at_ + 1;
    if (end < code_.size() && code_[end] == '/') ++end;
    const std::size_t name_begin = end;
    while (end < code_.size() && (is_word(code_[end]) || holds("-:.", code_[end]))) ++end;
    if (end == name_begin || is_number(code_[name_begin])) return false;
    const std::string_view name = code_.substr(name_begin, end - name_begin);
    const bool opens = name_begin == at_ + 1;
    take(end, TokenClass::keyword);
    while (at_ < code_.size() && code_[at_] != '>' && code_[at_] != '<') attribute();
    if (at_ >= code_.size() || code_[at_] == '<') return true;
    const bool empty = code_[at_ - 1] == '/';
    if (empty) tokens_.push_back({at_ - 1, at_, TokenClass::keyword});
    take(at_ + 1, TokenClass::keyword);
    if (opens && !empty && (name == "script" || name == "style")) embedded(name);
    return true;
  }

  void attribute() {
    const char c = code_[at_];
    if (c == '"' || c == '\'') {
      const std::size_t end = code_.find(c, at_ + 1);
      take(end == std::string_view::npos ? code_.size() : end + 1, TokenClass::string);
    } else if (is_word(c)) {
      std::size_t end = at_ + 1;
      while (end < code_.size() && (is_word(code_[end]) || holds("-:.", code_[end]))) ++end;
      take(end, TokenClass::variable);
    } else {
      ++at_;
    }
  }

  void embedded(std::string_view name) {
    const std::size_t end = std::min(code_.find(name == "script" ? "</script" : "</style", at_), code_.size());
    const Lexer* inner = find_lexer(name == "script" ? "javascript" : "css");
    if (inner != nullptr) Lexing(*inner, code_.substr(0, end), at_, tokens_).run();
    at_ = end;
  }

  const Lexer& lexer_;
  const Language& language_;
  const std::string_view code_;
  std::size_t at_;
  std::vector<Token>& tokens_;
  bool fresh_ = true;    ///< nothing but white space so far on this line
  bool command_ = true;  ///< shell: the next word is a command
  bool defines_ = false;
  TokenClass definition_ = TokenClass::function;
};

std::vector<Token> Lexer::run(std::string_view code) const {
  std::vector<Token> tokens;
  tokens.reserve(code.size() / 8 + 8);
  Lexing(*this, code, 0, tokens).run();
  return tokens;
}

}  // namespace veneer::docs
