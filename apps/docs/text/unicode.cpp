#include "docs/text/unicode.h"

#include <fmt/format.h>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>
#include <tuple>

namespace veneer::docs {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

int continuation(std::string_view text, std::size_t at) {
  if (at >= text.size()) return -1;
  const auto byte = static_cast<unsigned char>(text[at]);
  return (byte & 0xC0) == 0x80 ? byte & 0x3F : -1;
}

}  // namespace

char32_t next_character(std::string_view text, std::size_t& position) {
  const std::size_t at = position++;
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return first;
  const int length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return kReplacement;
  auto code = static_cast<char32_t>(first & (0x7F >> length));
  for (int i = 1; i < length; ++i) {
    const int bits = continuation(text, at + static_cast<std::size_t>(i));
    if (bits < 0) return kReplacement;
    code = (code << 6) | static_cast<char32_t>(bits);
  }
  static constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return kReplacement;
  position = at + static_cast<std::size_t>(length);
  return code;
}

void append_utf8(std::string& out, char32_t c) {
  const auto push = [&out](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (c < 0x80) {
    push(c);
  } else if (c < 0x800) {
    push(0xC0 | (c >> 6));
    push(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    push(0xE0 | (c >> 12));
    push(0x80 | ((c >> 6) & 0x3F));
    push(0x80 | (c & 0x3F));
  } else {
    push(0xF0 | (c >> 18));
    push(0x80 | ((c >> 12) & 0x3F));
    push(0x80 | ((c >> 6) & 0x3F));
    push(0x80 | (c & 0x3F));
  }
}

bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return u_isalpha(static_cast<UChar32>(c));
}

bool is_digit(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return u_isdigit(static_cast<UChar32>(c));
}

bool is_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
  return u_isspace(static_cast<UChar32>(c));
}

char32_t lower_case(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  return static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
}

char32_t without_accent(char32_t c) {
  if (c < 0xC0) return c;
  const auto is_accent = [](char32_t one) { return one >= 0x300 && one <= 0x36F; };
  if (is_accent(c)) return 0;
  UErrorCode error = U_ZERO_ERROR;
  static const UNormalizer2* const kDecompose = unorm2_getNFDInstance(&error);
  std::array<UChar, 8> parts{};
  const int32_t size = unorm2_getDecomposition(kDecompose, static_cast<UChar32>(c), parts.data(),
                                               static_cast<int32_t>(parts.size()), &error);
  // Of characters beyond U+FFFF none is a letter with such an accent.
  if (U_FAILURE(error) || size < 2 || U16_IS_SURROGATE(parts[0]) || !is_accent(parts[1])) return c;
  return parts[0];
}

std::string lower_case(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) append_utf8(out, lower_case(next_character(text, i)));
  return out;
}

std::string valid_utf8(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    if (next_character(text, i) == kReplacement)
      append_utf8(out, kReplacement);
    else
      out.append(text, start, i - start);
  }
  return out;
}

std::optional<EncodingProblem> encoding_problem(std::string_view bytes) {
  const std::string_view start = bytes.substr(0, 512);
  const bool is_wide =
      start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF") || start.find('\0') != std::string_view::npos;
  if (is_wide) return EncodingProblem{1, "is UTF-16 or no text at all"};
  int line = 1;
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t begin = i;
    if (bytes[begin] == '\n') ++line;
    if (next_character(bytes, i) == kReplacement && !bytes.substr(begin).starts_with("\uFFFD"))
      return EncodingProblem{line,
                             fmt::format("the byte 0x{:02X} is no UTF-8", static_cast<unsigned char>(bytes[begin]))};
  }
  return std::nullopt;
}

std::string slug(std::string_view heading) {
  std::string out;
  bool space = false;
  for (std::size_t i = 0; i < heading.size();) {
    const char32_t c = next_character(heading, i);
    if (is_space(c)) {
      if (!space) out += '-';
      space = true;
      continue;
    }
    space = false;
    if (c == '-' || is_letter(c) || is_digit(c)) append_utf8(out, lower_case(c));
  }
  return out;
}

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) return limit + 1;
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = above[0] + 1;
    std::size_t best = row[0];
    for (std::size_t j = 0; j < b.size(); ++j) {
      row[j + 1] = std::min({above[j + 1] + 1, row[j] + 1, above[j] + (a[i] == b[j] ? 0 : 1)});
      if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j]) row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
      best = std::min(best, row[j + 1]);
    }
    if (best > limit + 1) return limit + 1;  // a swap may still take one back
  }
  return std::min(row.back(), limit + 1);
}

std::optional<std::string> nearest(std::string_view wanted, const std::vector<std::string>& names) {
  const std::string* best = nullptr;
  std::size_t limit = wanted.size() / 3;
  const std::string key = lower_case(wanted);
  for (const std::string& name : names) {
    const std::size_t distance = edit_distance(key, lower_case(name), limit);
    if (distance > limit || (best != nullptr && distance == limit)) continue;
    best = &name;
    limit = distance;
  }
  return best != nullptr ? std::optional(*best) : std::nullopt;
}

std::optional<std::string> nearest_path(std::string_view wanted, const std::vector<std::string>& paths) {
  const auto last = [](std::string_view path) { return lower_case(path.substr(path.rfind('/') + 1)); };
  const std::string key = last(wanted);
  const std::size_t limit = key.size() / 3;
  std::optional<std::tuple<std::size_t, std::size_t, std::string>> best;
  for (const std::string& path : paths) {
    const std::size_t distance = edit_distance(key, last(path), limit);
    if (distance > limit) continue;
    std::tuple candidate(distance, edit_distance(wanted, path, std::max(wanted.size(), path.size())), path);
    if (!best || candidate < *best) best = std::move(candidate);
  }
  return best ? std::optional(std::get<2>(*best)) : std::nullopt;
}

std::string_view trim(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace veneer::docs
