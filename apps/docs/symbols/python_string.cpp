// Values of Python string literals.
#include <cstdint>

#include "docs/symbols/python_module.h"

namespace veneer::docs {
namespace {

void append_utf8(std::uint32_t code, std::string& out) {
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x110000) {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

// Digits of a number in `base` at text[at], at most `most` of them; moves `at` past them. -1: there is none.
std::int64_t read_number(std::string_view text, std::size_t& at, int most, int base) {
  std::int64_t value = -1;
  for (int i = 0; i < most && at < text.size(); ++i, ++at) {
    const char c = text[at];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : 99;
    if (digit >= base) break;
    value = (value < 0 ? 0 : value) * base + digit;
  }
  return value;
}

// Resolves the escape at text[at] (just after the backslash); moves `at` past it.
void append_escape(std::string_view text, std::size_t& at, std::string& out) {
  const char c = text[at];
  constexpr std::string_view kLetters = "abfnrtv\\'\"", kValues = "\a\b\f\n\r\t\v\\'\"";
  if (const std::size_t index = kLetters.find(c); index != std::string_view::npos) {
    out += kValues[index];
    ++at;
  } else if (c == '\n') {
    ++at;
  } else if (c >= '0' && c <= '7') {
    append_utf8(static_cast<std::uint32_t>(read_number(text, at, 3, 8)), out);
  } else if (c == 'x' || c == 'u' || c == 'U') {
    std::size_t end = at + 1;
    const std::int64_t code = read_number(text, end, c == 'x' ? 2 : c == 'u' ? 4 : 8, 16);
    if (code < 0) {
      out += '\\';
      return;
    }
    append_utf8(static_cast<std::uint32_t>(code), out);
    at = end;
  } else {
    out += '\\';  // not an escape: Python keeps the backslash
  }
}

}  // namespace

std::string python_string_value(std::string_view literal) {
  bool raw = false;
  std::size_t at = 0;
  while (at < literal.size() && literal[at] != '"' && literal[at] != '\'') raw |= (literal[at++] | 0x20) == 'r';
  if (at == literal.size()) return {};
  const char quote = literal[at];
  const bool triple = literal.substr(at, 3) == std::string(3, quote);
  const std::size_t width = triple && literal.size() >= at + 6 ? 3 : 1;
  literal.remove_prefix(at + width);
  literal.remove_suffix(literal.size() < width ? literal.size() : width);
  if (raw || literal.find('\\') == std::string_view::npos) return std::string(literal);
  std::string out;
  out.reserve(literal.size());
  for (std::size_t i = 0; i < literal.size();) {
    if (literal[i] == '\\' && i + 1 < literal.size()) {
      append_escape(literal, ++i, out);
    } else {
      out += literal[i++];
    }
  }
  return out;
}

}  // namespace veneer::docs
