// Source code to tokens, for highlighting: one engine, languages as data. Stateless and thread-safe; what it is given
// is borrowed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace veneer::docs {

enum class TokenClass : std::uint8_t {
  keyword,
  string,
  comment,
  number,
  function,
  type,
  variable,
  prompt,
  output,
  inserted,
  deleted,
  heading,
};

/// [begin, end) of the code. Tokens are in order, disjoint and not empty; what lies between them is plain.
struct Token {
  std::size_t begin;
  std::size_t end;
  TokenClass kind;
};

enum class Where : std::uint8_t {
  anywhere,
  line_start,   ///< only white space before it on its line
  after_space,  ///< white space or the beginning of the line before it
};
enum class Escape : std::uint8_t { none, backslash, doubled };
enum class Lines : std::uint8_t {
  one,         ///< ends with the line at the latest
  one_closed,  ///< the same, but unclosed it is nothing
  many,        ///< unclosed it runs to the end of the code
};

/// Text between two marks: strings, comments, the lines of a diff.
struct Delimited {
  std::string_view begin;
  std::string_view end;  ///< empty: the line's end
  TokenClass kind;
  Where where = Where::anywhere;
  Escape escape = Escape::none;
  Lines lines = Lines::one;
};

/// A character that makes the word behind it (or what stands in braces behind it) a token: $name, ${name}, @decorator.
struct Sigil {
  char character;
  TokenClass kind;
  Where where = Where::anywhere;
};

enum class Words : std::uint8_t { read, none };
enum class Keys : std::uint8_t {
  none,
  string_before_colon,  ///< {"key": ...
  line_to_colon,        ///<   - key: value
  line_to_equals,       ///< key = value
};
enum class Form : std::uint8_t {
  plain,
  shell,   ///< the first word of a command is a function, -o and --option are variables
  c,       ///< preprocessor lines, R"(raw strings)"
  markup,  ///< <tags with="attributes">, scripts inside
};

struct Language {
  std::string_view names;  ///< separated by spaces; the first is its own
  std::span<const Delimited> delimited = {};
  std::string_view keywords = {};  ///< separated by spaces, as the two below
  std::string_view types = {};
  std::string_view functions = {};
  std::span<const Sigil> sigils = {};
  std::string_view word_extra = {};       ///< in words, besides letters, digits, _ and bytes above 127
  std::string_view string_prefixes = {};  ///< letters that may stand before a quotation mark
  Words words = Words::read;
  Keys keys = Keys::none;
  Form form = Form::plain;
};

/// A language with its words looked up by hash. Immutable.
class Lexer {
 public:
  explicit Lexer(const Language& language);
  [[nodiscard]] const Language& language() const { return language_; }

  /// Time and space are linear in the code.
  [[nodiscard]] std::vector<Token> run(std::string_view code) const;

 private:
  friend class Lexing;
  const Language& language_;
  std::unordered_map<std::string_view, TokenClass> words_;
  bool starts_delimited_[256] = {};  ///< first bytes of delimited_
};

/// By any of its names ("py", "c++", "shell"...), in lower case; null if it is none of ours.
const Lexer* find_lexer(std::string_view name);

}  // namespace veneer::docs
