#include "docs/site/search_words.h"

#include <algorithm>
#include <cctype>

#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

constexpr std::size_t kLongestWord = 40;

bool is_unspaced(char32_t c) {
  return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x20000 && c <= 0x3FFFF);
}

bool is_upper(char c) {
  return std::isupper(static_cast<unsigned char>(c)) != 0;
}
bool is_lower(char c) {
  return std::islower(static_cast<unsigned char>(c)) != 0;
}
bool is_number(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

// Whether a part of a name begins at `i`: at a hump, or at the digits of "2D".
bool begins_part(std::string_view name, std::size_t i) {
  if (i == 0 || name[i - 1] == '_') return true;
  const char before = name[i - 1], c = name[i], after = i + 1 < name.size() ? name[i + 1] : '\0';
  if (is_upper(c)) return is_lower(before) || ((is_upper(before) || is_number(before)) && is_lower(after));
  if (!is_number(c) || !is_lower(before)) return false;
  std::size_t end = i;
  while (end < name.size() && is_number(name[end])) ++end;
  return end < name.size() && is_upper(name[end]) && (end + 1 == name.size() || !is_lower(name[end + 1]));
}

class WordCutter {
 public:
  explicit WordCutter(const std::function<void(std::string_view)>& add) : add_(add) {}

  void take(char32_t c) {
    if (is_unspaced(c)) {
      finish_word();
      take_unspaced(c);
      return;
    }
    finish_run();
    if (is_letter(c) || is_digit(c) || c == '_')
      append_utf8(word_, c);
    else
      finish_word();
  }

  void finish() {
    finish_word();
    finish_run();
  }

 private:
  void take_unspaced(char32_t c) {
    if (last_ != 0) {
      std::string pair;
      append_utf8(pair, last_);
      append_utf8(pair, c);
      add_(pair);
    }
    last_ = c;
  }

  void finish_run() {
    if (last_ == 0) return;
    std::string single;
    append_utf8(single, last_);
    add_(single);
    last_ = 0;
  }

  void finish_word() {
    if (word_.size() > 1 && word_.size() <= kLongestWord) {
      add_(lower_case(word_));
      std::size_t begin = 0;
      for (std::size_t i = 1; i <= word_.size(); ++i) {
        const bool ends = i == word_.size() || word_[i] == '_' || begins_part(word_, i);
        if (!ends) continue;
        const std::string_view part = std::string_view(word_).substr(begin, i - begin);
        if (part.size() > 1 && part.size() < word_.size() && part.find('_') == std::string_view::npos)
          add_(lower_case(part));
        begin = i < word_.size() && word_[i] == '_' ? i + 1 : i;
      }
    }
    word_.clear();
  }

  const std::function<void(std::string_view)>& add_;
  std::string word_;   ///< without accents, as it is written
  char32_t last_ = 0;  ///< of a run without spaces
};

}  // namespace

void each_search_word(std::string_view text, const std::function<void(std::string_view)>& add) {
  WordCutter cutter(add);
  for (std::size_t i = 0; i < text.size();) {
    const char32_t c = next_character(text, i);
    if (const char32_t plain = without_accent(c); plain != 0) cutter.take(plain);
  }
  cutter.finish();
}

std::vector<std::string> search_terms(std::string_view text) {
  std::vector<std::string> terms;
  each_search_word(text, [&terms](std::string_view term) { terms.emplace_back(term); });
  return terms;
}

}  // namespace veneer::docs
