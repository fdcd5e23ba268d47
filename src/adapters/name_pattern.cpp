#include "adapters/name_pattern.h"

#include <cctype>
#include <charconv>
#include <optional>
#include <string>

#include "base/error.h"

namespace veneer::adapters {
namespace {

constexpr std::size_t kMostSteps = 4096;
constexpr int kDeepest = 50, kMostRepeats = 1000;

template <class Test>
std::bitset<256> letters_where(Test&& test) {
  std::bitset<256> letters;
  for (std::size_t c = 0; c < 256; ++c) letters[c] = test(static_cast<int>(c));
  return letters;
}

std::optional<std::bitset<256>> class_of(char escape) {
  const auto is_word = [](int c) { return c < 128 && (std::isalnum(c) != 0 || c == '_'); };
  const auto is_digit = [](int c) { return c >= '0' && c <= '9'; };
  const auto is_space = [](int c) { return c < 128 && std::isspace(c) != 0; };
  switch (escape) {
    case 'd':
      return letters_where(is_digit);
    case 'D':
      return ~letters_where(is_digit);
    case 'w':
      return letters_where(is_word);
    case 'W':
      return ~letters_where(is_word);
    case 's':
      return letters_where(is_space);
    case 'S':
      return ~letters_where(is_space);
    default:
      return std::nullopt;
  }
}

std::bitset<256> only(char c) {
  std::bitset<256> letters;
  letters.set(static_cast<unsigned char>(c));
  return letters;
}

}  // namespace

/// Recursive descent: alternatives of sequences of repeated atoms.
class NamePattern::Parser {
 public:
  Parser(std::string_view pattern, std::string_view where) : whole_(pattern), rest_(pattern), where_(where) {}

  Code parse() {
    Code code = alternatives(0);
    if (!rest_.empty()) refuse("unbalanced )");
    return code;
  }

 private:
  [[noreturn]] void refuse(std::string_view why) const {
    fail(ErrorCode::corrupt_file, "{}: the pattern \"{}\": {}", where_, whole_, why);
  }
  [[noreturn]] void refuse_unknown(std::string_view what) const {
    fail(ErrorCode::unsupported, "{}: the pattern \"{}\": {} is not supported", where_, whole_, what);
  }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  char next() {
    if (rest_.empty()) refuse("it ends too early");
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void append(Code& to, const Code& more) const {
    if (to.size() + more.size() > kMostSteps) refuse("it is too long");
    to.insert(to.end(), more.begin(), more.end());
  }
  static int size_of(const Code& code) { return static_cast<int>(code.size()); }

  Code alternatives(int depth) {
    if (depth > kDeepest) refuse("too many groups in each other");
    Code code = sequence(depth);
    while (take('|')) {
      const Code other = sequence(depth);
      Code both{{Step::split, {}, 1, size_of(code) + 2}};
      append(both, code);
      append(both, {{Step::jump, {}, size_of(other) + 1}});
      append(both, other);
      code = std::move(both);
    }
    return code;
  }

  Code sequence(int depth) {
    Code code;
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') append(code, repeated(depth));
    return code;
  }

  Code repeated(int depth) {
    Code atom = this->atom(depth);
    if (take('*')) return lazy(times(atom, 0, -1));
    if (take('+')) return lazy(times(atom, 1, -1));
    if (take('?')) return lazy(times(atom, 0, 1));
    if (rest_.starts_with('{')) {
      if (const auto counts = braces()) return lazy(times(atom, counts->first, counts->second));
    }
    return atom;
  }

  /// "a*?" finds the same names as "a*".
  Code lazy(Code code) {
    if (take('?')) return code;
    if (!rest_.empty() && (rest_.front() == '*' || rest_.front() == '+')) refuse_unknown("a repeat of a repeat");
    return code;
  }

  /// {m}, {m,}, {,n}, {m,n}; other braces are plain characters, as in Python.
  std::optional<std::pair<int, int>> braces() {
    const auto close = rest_.find('}');
    if (close == rest_.npos) return std::nullopt;
    const std::string_view inside = rest_.substr(1, close - 1);
    const auto comma = inside.find(',');
    const auto number = [](std::string_view text, int other) -> std::optional<int> {
      if (text.empty()) return other;
      int value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      return error == std::errc() && end == text.data() + text.size() && value >= 0 ? std::optional(value)
                                                                                    : std::nullopt;
    };
    const auto least = number(inside.substr(0, comma), 0);
    const auto most = comma == inside.npos ? least : number(inside.substr(comma + 1), -1);
    if (!least || !most || inside.empty()) return std::nullopt;
    if (*least > kMostRepeats || *most > kMostRepeats) refuse("it repeats too much");
    if (*most >= 0 && *most < *least) refuse("the least of a repeat is more than the most");
    rest_.remove_prefix(close + 1);
    return std::pair(*least, *most);
  }

  /// `most` -1: without end.
  Code times(const Code& atom, int least, int most) const {
    Code code;
    for (int i = 0; i < least; ++i) append(code, atom);
    for (int i = least; i < most; ++i) {
      append(code, {{Step::split, {}, 1, size_of(atom) + 1}});
      append(code, atom);
    }
    if (most < 0) {
      append(code, {{Step::split, {}, 1, size_of(atom) + 2}});
      append(code, atom);
      append(code, {{Step::jump, {}, -size_of(atom) - 1}});
    }
    return code;
  }

  Code atom(int depth) {
    const char c = next();
    if (c == '(') return group(depth);
    if (c == '[') return {{Step::letter, set()}};
    if (c == '.') return {{Step::letter, ~only('\n')}};
    if (c == '^') return {{Step::begin}};
    if (c == '$') return {{Step::end}};
    if (c == '*' || c == '+' || c == '?') refuse("nothing to repeat");
    return {{Step::letter, c == '\\' ? escaped() : only(c)}};
  }

  Code group(int depth) {
    if (take('?') && !take(':')) refuse_unknown(fmt::format("(?{}", rest_.substr(0, 1)));
    Code code = alternatives(depth + 1);
    if (!take(')')) refuse("a ( without )");
    return code;
  }

  Letters escaped() {
    const char c = next();
    if (const auto letters = class_of(c)) return *letters;
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) refuse_unknown(fmt::format("\\{}", c));
    return only(c);
  }

  /// Behind "[".
  Letters set() {
    const bool opposite = take('^');
    Letters letters;
    for (bool first = true; first || !rest_.starts_with(']'); first = false) {
      const char c = next();
      const Letters one = c == '\\' ? escaped() : only(c);
      const bool range = one.count() == 1 && rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ']';
      if (!range) {
        letters |= one;
        continue;
      }
      take('-');
      const char to = next();
      const Letters last = to == '\\' ? escaped() : only(to);
      if (last.count() != 1 || last._Find_first() < one._Find_first()) refuse("a range from more to less");
      for (std::size_t l = one._Find_first(); l <= last._Find_first(); ++l) letters.set(l);
    }
    take(']');
    return opposite ? ~letters : letters;
  }

  std::string_view whole_, rest_, where_;
};

NamePattern::NamePattern(std::string_view pattern, std::string_view where) {
  const Code own = Parser(pattern, where).parse();
  code_ = Parser(R"((.*\.)?)", where).parse();
  code_.insert(code_.end(), own.begin(), own.end());
  code_.push_back({Step::end});
}

bool NamePattern::matches(std::string_view name) const {
  std::vector<std::size_t> now, next, pending;
  std::vector<std::size_t> seen(code_.size() + 1, 0);  // at which position a step was last reached, from 1
  bool matched = false;
  const auto reach = [&](std::vector<std::size_t>& places, std::size_t start, std::size_t at) {
    pending.push_back(start);
    while (!pending.empty()) {
      const std::size_t place = pending.back();
      pending.pop_back();
      if (seen[place] == at + 1) continue;
      seen[place] = at + 1;
      if (place == code_.size()) {
        matched = true;
        continue;
      }
      const Step& step = code_[place];
      const auto target = [&](int by) { return static_cast<std::size_t>(static_cast<std::ptrdiff_t>(place) + by); };
      if (step.kind == Step::letter) places.push_back(place);
      if (step.kind == Step::split) pending.push_back(target(step.second));
      if (step.kind == Step::split || step.kind == Step::jump) pending.push_back(target(step.first));
      if (step.kind == Step::begin && at == 0) pending.push_back(place + 1);
      if (step.kind == Step::end && at == name.size()) pending.push_back(place + 1);
    }
  };
  reach(now, 0, 0);
  for (std::size_t at = 0; at < name.size(); ++at) {
    next.clear();
    for (const std::size_t place : now)
      if (code_[place].letters[static_cast<unsigned char>(name[at])]) reach(next, place + 1, at + 1);
    now.swap(next);
  }
  return matched;
}

}  // namespace veneer::adapters
