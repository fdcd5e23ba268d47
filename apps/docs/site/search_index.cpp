#include "docs/site/search_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "docs/site/search_words.h"
#include "docs/text/escape.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

constexpr std::size_t kExcerpt = 140;
// Text cut to `most` bytes at a word's end, or a character's.
std::string cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  if (const std::size_t space = text.rfind(' ', end); space != std::string_view::npos && space > most / 2) end = space;
  return std::string(text.substr(0, end)) + "…";
}

std::vector<SearchTerm> numbered(const std::unordered_map<std::string, int>& counts, Vocabulary& vocabulary) {
  std::vector<std::string_view> words;
  for (const auto& [word, count] : counts) words.push_back(word);
  const std::vector<std::uint32_t> numbers = vocabulary.add(words);
  std::vector<SearchTerm> terms;
  auto number = numbers.begin();
  for (const auto& [word, count] : counts) terms.push_back({*number++ & SearchTerm::kWord, count >= 3});
  return terms;
}

std::string collapsed(std::string_view text) {
  std::string out;
  bool space = true;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t';
    if (!blank)
      out += c;
    else if (!space)
      out += ' ';
    space = blank;
  }
  return unescape_html(trim(out));
}

// There to be clicked, not to be read. Each holds text alone.
constexpr std::array<std::string_view, 3> kFurniture{"<a class=\"permalink\"", "<a class=\"source\"",
                                                     "<span class=\"object-kind\""};
constexpr std::array<std::string_view, 14> kInWords{"a",   "abbr", "b",   "code", "del", "em",   "i",
                                                    "kbd", "mark", "sub", "sup",  "wbr", "span", "strong"};

std::string_view tag_name(std::string_view tag) {
  tag.remove_prefix(tag.starts_with("</") ? 2 : 1);
  return tag.substr(0, tag.find_first_of(" />"));
}

bool is_heading(std::string_view name) {
  return name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6';
}

class SectionReader {
 public:
  SectionReader(std::string_view html, const std::vector<OutlineEntry>& outline, Vocabulary& vocabulary)
      : html_(html), vocabulary_(vocabulary) {
    for (const OutlineEntry& entry : outline) entries_.emplace(entry.id, &entry);
  }

  std::vector<SearchSection> run() {
    for (std::size_t i = 0; i < html_.size();) {
      const bool is_tag = html_[i] == '<';
      const std::size_t end = is_tag ? html_.find('>', i) : std::min(html_.find('<', i), html_.size());
      if (end == std::string_view::npos) break;
      if (!is_tag) text_ += html_.substr(i, end - i);
      i = is_tag ? tag(html_.substr(i, end + 1 - i), end + 1) : end;
    }
    finish_section();
    if (sections_.size() > 1 && sections_[0].terms.empty()) sections_.erase(sections_.begin());
    return std::move(sections_);
  }

 private:
  // Where reading goes on: behind the tag, or behind the text that it hides.
  std::size_t tag(std::string_view tag, std::size_t behind) {
    const std::string_view name = tag_name(tag);
    const bool closes = tag.starts_with("</");
    if (std::ranges::find(kInWords, name) == kInWords.end()) text_ += ' ';
    start_section(tag);
    // The heading and the signature with which a section begins do not describe it.
    if (is_heading(name) || tag.starts_with("<pre class=\"signature\"") || (closes && name == "pre")) {
      if (!closes) names_it_ = trim(std::string_view(text_).substr(described_)).empty();
      if (closes && std::exchange(names_it_, false)) described_ = text_.size();
    }
    if (tag.starts_with("<div class=\"params\"") || tag.starts_with("<div class=\"results\"")) excerpt();
    if (name == "annotation" && !closes) return std::min(html_.find("</annotation>", behind), html_.size());
    if (std::ranges::any_of(kFurniture, [&](std::string_view start) { return tag.starts_with(start); }))
      return std::min(html_.find('<', behind), html_.size());
    return behind;
  }

  void start_section(std::string_view tag) {
    const std::size_t id = tag.find(" id=\"");
    if (id == std::string_view::npos) return;
    const std::size_t close = tag.find('"', id + 5);
    if (close == std::string_view::npos) return;
    const std::string anchor = unescape_html(tag.substr(id + 5, close - id - 5));
    const auto found = entries_.find(anchor);
    if (found == entries_.end()) return;
    finish_section();
    sections_.push_back({anchor, found->second->title, found->second->kind, "", {}});
  }

  void finish_section() {
    SearchSection& section = sections_.back();
    std::unordered_map<std::string, int> counts;
    each_search_word(section.title, [&counts](std::string_view word) { counts[std::string(word)] += 3; });
    each_search_word(collapsed(text_), [&counts](std::string_view word) { ++counts[std::string(word)]; });
    section.terms = numbered(counts, vocabulary_);
    excerpt();
    text_.clear();
    described_ = 0;
  }

  // The first that is said; what parameters mean is none of it.
  void excerpt() {
    SearchSection& section = sections_.back();
    if (section.excerpt.empty()) section.excerpt = cut(collapsed(std::string_view(text_).substr(described_)), kExcerpt);
  }

  std::string_view html_;
  Vocabulary& vocabulary_;
  std::unordered_map<std::string_view, const OutlineEntry*> entries_;
  std::vector<SearchSection> sections_{1};
  std::string text_;           ///< of the section that is being read
  std::size_t described_ = 0;  ///< where in it the description begins
  bool names_it_ = false;      ///< in its heading or signature
};

void append_base36(std::string& out, std::size_t value) {
  const std::size_t begin = out.size();
  do {
    out += "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36];
    value /= 36;
  } while (value > 0);
  std::reverse(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end());
}

// Digits of the lists of sections: a third each for digits that go on, for last ones, and for last ones of sections
// that say the word again and again. None of them needs an escape in a script.
constexpr std::uint32_t kBase = 29;
constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%()*+,-./:;=?@[]^_{|}~";
static_assert(kDigits.size() == 3 * kBase);

// In which sections each word occurs: one list after the other in a single array.
class TermLists {
 public:
  TermLists(const std::vector<SearchPage>& pages, const std::vector<std::size_t>& counts) : ends_(counts.size()) {
    // Each list's end is its begin until it is filled.
    std::exclusive_scan(counts.begin(), counts.end(), ends_.begin(), std::size_t{0});
    places_.resize(ends_.back());
    std::uint32_t number = 0;
    for (const SearchPage& page : pages)
      for (const SearchSection& section : *page.sections) {
        for (const SearchTerm& term : section.terms) places_[ends_[term.word]++] = {number, term.often == 1};
        ++number;
      }
  }

  void append_to(std::string& out, std::uint32_t word) const {
    std::uint32_t last = 0;
    for (std::size_t i = word == 0 ? 0 : ends_[word - 1]; i < ends_[word]; ++i) {
      std::uint32_t step = places_[i].section - last;
      for (; step >= kBase; step /= kBase) out += kDigits[step % kBase];
      out += kDigits[kBase + (places_[i].often ? kBase : 0) + step];
      last = places_[i].section;
    }
  }

 private:
  struct Place {
    std::uint32_t section;
    bool often;
  };
  std::vector<std::size_t> ends_;
  std::vector<Place> places_;
};

// What a word has in common with the one before it is said by its length. JavaScript counts in UTF-16: only ASCII
// counts.
void append_front_coded(std::string& out, std::string_view word, std::string_view last) {
  std::size_t common = 0;
  while (common < 35 && common < word.size() && common < last.size() && word[common] == last[common] &&
         static_cast<unsigned char>(word[common]) < 0x80)
    ++common;
  append_base36(out, common);
  out += word.substr(common);
}

std::string one_line(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c == '\n' || c == '\t' || c == '\r') c = ' ';
  return out;
}

}  // namespace

std::vector<SearchSection> search_sections(std::string_view html, const std::vector<OutlineEntry>& outline,
                                           Vocabulary& vocabulary) {
  return SectionReader(html, outline, vocabulary).run();
}

void settle(Vocabulary& vocabulary, const std::vector<std::vector<SearchSection>*>& pages) {
  const auto each_search_term = [&pages](const auto& visit) {
    for (std::vector<SearchSection>* sections : pages)
      for (SearchSection& section : *sections)
        for (SearchTerm& term : section.terms) visit(term);
  };
  std::vector<bool> used(vocabulary.size());
  each_search_term([&used](const SearchTerm& term) { used[term.word] = true; });
  const std::vector<std::uint32_t> numbers = vocabulary.settle(used);
  each_search_term([&numbers](SearchTerm& term) { term.word = numbers[term.word] & SearchTerm::kWord; });
}

// Three lists, each a string with one entry a line:
//   pages     path \t title
//   sections  page's number, as base 36 \t anchor \t title \t kind \t excerpt   (in order of pages; number empty: as
//             above)
//   terms     how many of its first characters are those of the line above, as base 36; the others; \t; the sections in
//             which it occurs: differences in base 29, the lowest digit first
std::string write_search_index(const std::vector<SearchPage>& pages, const Vocabulary& vocabulary) {
  std::string page_list, section_list;
  std::vector<std::size_t> counts(vocabulary.size() + 1);  // of sections, by word
  std::size_t number = 0;
  for (std::size_t p = 0; p < pages.size(); ++p) {
    page_list += fmt::format("{}\t{}\n", one_line(pages[p].path), one_line(pages[p].title));
    bool first = true;
    for (const SearchSection& section : *pages[p].sections) {
      if (first) append_base36(section_list, p);
      first = false;
      fmt::format_to(std::back_inserter(section_list), "\t{}\t{}\t{}\t{}\n", one_line(section.anchor),
                     one_line(section.title), section.kind, one_line(section.excerpt));
      for (const SearchTerm& term : section.terms) ++counts[term.word];
      ++number;
    }
  }
  const TermLists lists(pages, counts);
  std::string term_list, last;
  for (std::uint32_t word = 0; word < vocabulary.size(); ++word) {
    // Words of nearly every section ("the") tell nothing.
    if (counts[word] > 50 && counts[word] * 3 >= number) continue;
    append_front_coded(term_list, vocabulary.words()[word], last);
    last = vocabulary.words()[word];
    term_list += '\t';
    lists.append_to(term_list, word);
    term_list += '\n';
  }
  return fmt::format("veneerSearchIndex({{pages:{},sections:{},terms:{}}});\n", js_string(page_list),
                     js_string(section_list), js_string(term_list));
}

}  // namespace veneer::docs
