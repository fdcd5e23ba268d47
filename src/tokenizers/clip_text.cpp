#include "tokenizers/clip_text.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/error.h"

namespace veneer::tokenizers {
namespace {

constexpr UChar32 kReplacement = 0xFFFD;
constexpr UChar32 kCapitalIWithDot = 0x130;
constexpr UChar32 kCombiningDotAbove = 0x307;

// The next character of `text`, moving `at` past it; negative where the text is ill-formed.
UChar32 next_character(std::string_view text, std::size_t& at) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  UChar32 c;
  U8_NEXT(bytes, at, text.size(), c);
  return c;
}

void append_character(std::string& text, UChar32 c) {
  std::array<std::uint8_t, U8_MAX_LENGTH> bytes{};
  std::size_t size = 0;
  U8_APPEND_UNSAFE(bytes.data(), size, c);
  text.append(reinterpret_cast<const char*>(bytes.data()), size);
}

void check(UErrorCode status) {
  if (U_FAILURE(status)) fail(ErrorCode::internal, "ICU: {}", u_errorName(status));
}

// NFC as Unicode 9 had it: what came later is left alone, even as a combining mark.
class Nfc9 {
 public:
  static const Nfc9& instance() {
    static const Nfc9 nfc;
    return nfc;
  }

  [[nodiscard]] int combining_class(UChar32 c) const {
    const int value = u_getCombiningClass(c);
    return value != 0 && known_.contains(c) ? value : 0;
  }

  [[nodiscard]] std::string normalize(std::string_view text) const {
    std::string result;
    icu::StringByteSink<std::string> sink(&result, static_cast<std::int32_t>(text.size()));
    UErrorCode status = U_ZERO_ERROR;
    const icu::FilteredNormalizer2 filtered(*nfc_, known_);
    filtered.normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink, nullptr,
                           status);
    check(status);
    return result;
  }

 private:
  Nfc9() {
    UErrorCode status = U_ZERO_ERROR;
    nfc_ = icu::Normalizer2::getNFCInstance(status);
    known_.applyPattern(UNICODE_STRING_SIMPLE("[:age=9.0:]"), status);
    check(status);
    known_.freeze();
  }

  const icu::Normalizer2* nfc_ = nullptr;  // ICU's own
  icu::UnicodeSet known_;
};

// Puts each run of combining marks into canonical order. ICU does that too, but by insertion: quadratic in the run.
std::string order_marks(std::string_view text) {
  struct Mark {
    int combining_class;
    std::string_view bytes;
  };
  const Nfc9& nfc = Nfc9::instance();
  std::string result;
  result.reserve(text.size());
  std::vector<Mark> run;
  const auto end_run = [&] {
    std::stable_sort(run.begin(), run.end(),
                     [](const Mark& a, const Mark& b) { return a.combining_class < b.combining_class; });
    for (const Mark& mark : run) result += mark.bytes;
    run.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const UChar32 c = next_character(text, at);
    const std::string_view bytes = text.substr(begin, at - begin);
    if (const int combining_class = nfc.combining_class(c); combining_class != 0) {
      run.push_back({combining_class, bytes});
    } else {
      end_run();
      result += bytes;
    }
  }
  end_run();
  return result;
}

enum class Kind { space, letter, number, other };

Kind kind_of(UChar32 c) {
  const auto category = U_GET_GC_MASK(c);
  if (category & U_GC_L_MASK) return Kind::letter;
  if (category & U_GC_N_MASK) return Kind::number;
  return u_isUWhiteSpace(c) ? Kind::space : Kind::other;
}

// CLIP's expression begins with the special tokens spelled out. That matters only where the token was not recognised
// before (its capitals were lowered here), and ByteLevel's own expression then takes it apart: so it only keeps the
// punctuation around it from running on.
constexpr std::string_view kOpen = "<|", kClose = "|>";

// Length of the name in the spelled-out token at the start of `text`, or 0.
std::size_t spelled_out_token(std::string_view text) {
  if (!text.starts_with(kOpen)) return 0;
  text.remove_prefix(kOpen.size());
  for (const std::string_view name : {"startoftext", "endoftext"})
    if (text.starts_with(name) && text.substr(name.size()).starts_with(kClose)) return name.size();
  return 0;
}

// Length of the contraction at the start of `text`, or 0.
std::size_t contraction(std::string_view text) {
  for (const std::string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"})
    if (text.starts_with(ending)) return ending.size();
  return 0;
}

// End of the run of `kind` that starts at `at`.
std::size_t run_end(std::string_view text, std::size_t at, Kind kind) {
  for (std::size_t end = at; end < text.size(); at = end)
    if (kind_of(next_character(text, end)) != kind) break;
  return at;
}

}  // namespace

std::string replace_ill_formed(std::string_view bytes) {
  std::string result;
  result.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t begin = at;
    if (next_character(bytes, at) >= 0)
      result += bytes.substr(begin, at - begin);
    else
      append_character(result, kReplacement);
  }
  return result;
}

std::string normalize_clip(std::string_view text) {
  const std::string composed = Nfc9::instance().normalize(order_marks(text));
  std::string result;
  result.reserve(composed.size());
  bool in_space = false;
  for (std::size_t at = 0; at < composed.size();) {
    const UChar32 c = next_character(composed, at);
    const bool space = u_isUWhiteSpace(c);
    if (space) {
      if (!in_space) result += ' ';
    } else if (c == kCapitalIWithDot) {  // the one character whose lower case is two
      result += 'i';
      append_character(result, kCombiningDotAbove);
    } else {
      append_character(result, u_tolower(c));
    }
    in_space = space;
  }
  return result;
}

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  const auto take = [&](std::size_t size) {
    words.push_back(text.substr(0, size));
    text.remove_prefix(size);
  };
  while (!text.empty()) {
    if (const std::size_t name_size = spelled_out_token(text); name_size > 0) {
      take(kOpen.size());
      take(name_size);
      take(kClose.size());
      continue;
    }
    if (const std::size_t contraction_size = contraction(text); contraction_size > 0) {
      take(contraction_size);
      continue;
    }
    std::size_t size = 0;
    const Kind kind = kind_of(next_character(text, size));
    if (kind == Kind::space)
      text.remove_prefix(size);
    else
      take(kind == Kind::number ? size : run_end(text, 0, kind));
  }
  return words;
}

bool is_white_space(char32_t c) {
  return u_isUWhiteSpace(static_cast<UChar32>(c));
}

bool is_python_space(char32_t c) {
  return is_white_space(c) || (c >= 0x1C && c <= 0x1F);
}

bool is_word_character(char32_t c) {
  const auto code = static_cast<UChar32>(c);
  return u_hasBinaryProperty(code, UCHAR_ALPHABETIC) || u_hasBinaryProperty(code, UCHAR_JOIN_CONTROL) ||
         (U_GET_GC_MASK(code) & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) != 0;
}

char32_t character_before(std::string_view text, std::size_t end) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  UChar32 c;
  auto at = static_cast<std::int32_t>(end);
  U8_PREV(bytes, 0, at, c);
  return static_cast<char32_t>(c < 0 ? kReplacement : c);
}

char32_t character_at(std::string_view text, std::size_t begin) {
  const UChar32 c = next_character(text, begin);
  return static_cast<char32_t>(c < 0 ? kReplacement : c);
}

}  // namespace veneer::tokenizers
