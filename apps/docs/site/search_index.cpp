#include "docs/site/search_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "docs/text/escape.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

constexpr std::size_t kExcerpt = 140;
constexpr std::size_t kLongestTerm = 40;

// Elements whose text nobody searches for: a formula's source, the sign of a link to a heading.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kUnread{
    {{"<annotation", "</annotation>"}, {"<a class=\"permalink\"", "</a>"}}};

// Scripts without spaces between words: every pair of neighbours is a term.
bool is_unspaced(char32_t c) {
  return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x20000 && c <= 0x3FFFF);
}

template <class Add>
void each_term(std::string_view text, Add&& add) {
  std::string word;
  char32_t unspaced = 0;
  const auto finish = [&] {
    if (word.size() > 1 && word.size() <= kLongestTerm) {
      add(word);
      // enable_model_cpu_offload is found by its parts too.
      if (word.find('_') != std::string::npos)
        for (std::size_t begin = 0; begin < word.size();) {
          const std::size_t end = std::min(word.find('_', begin), word.size());
          if (end > begin + 1) add(word.substr(begin, end - begin));
          begin = end + 1;
        }
    }
    word.clear();
  };
  for (std::size_t i = 0; i < text.size();) {
    const char32_t c = next_character(text, i);
    if (is_unspaced(c)) {
      finish();
      if (unspaced != 0) {
        std::string pair;
        append_utf8(pair, unspaced);
        append_utf8(pair, c);
        add(pair);
      }
      unspaced = c;
      continue;
    }
    unspaced = 0;
    if (is_letter(c) || is_digit(c) || c == '_')
      append_utf8(word, lower_case(c));
    else
      finish();
  }
  finish();
}

// Text cut to `most` bytes at a character's end.
std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

void finish_section(SearchSection& section, std::string& text) {
  std::string spaced;
  bool space = true;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t';
    if (!blank)
      spaced += c;
    else if (!space)
      spaced += ' ';
    space = blank;
  }
  std::string plain = unescape_html(spaced);
  std::unordered_map<std::string, int> counts;
  each_term(section.title, [&counts](const std::string& term) { counts[term] += 3; });
  each_term(plain, [&counts](const std::string& term) { ++counts[term]; });
  section.terms.assign(counts.begin(), counts.end());
  std::sort(section.terms.begin(), section.terms.end());
  std::string_view excerpt = plain;
  if (excerpt.starts_with(section.title)) excerpt.remove_prefix(section.title.size());
  section.excerpt = cut(trim(excerpt), kExcerpt);
  text.clear();
}

std::string base36(std::size_t value) {
  std::string out;
  do {
    out += "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36];
    value /= 36;
  } while (value > 0);
  std::reverse(out.begin(), out.end());
  return out;
}

std::string one_line(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c == '\n' || c == '\t' || c == '\r') c = ' ';
  return out;
}

}  // namespace

std::vector<std::string> search_terms(std::string_view text) {
  std::vector<std::string> terms;
  each_term(text, [&terms](const std::string& term) { terms.push_back(term); });
  return terms;
}

std::vector<SearchSection> search_sections(std::string_view html, const std::vector<OutlineEntry>& outline) {
  std::unordered_map<std::string_view, const OutlineEntry*> entries;
  for (const OutlineEntry& entry : outline) entries.emplace(entry.id, &entry);
  std::vector<SearchSection> sections(1);
  std::string text;
  for (std::size_t i = 0; i < html.size();) {
    if (html[i] != '<') {
      const std::size_t end = std::min(html.find('<', i), html.size());
      text += html.substr(i, end - i);
      i = end;
      continue;
    }
    const std::size_t end = html.find('>', i);
    if (end == std::string_view::npos) break;
    const std::string_view tag = html.substr(i, end - i + 1);
    i = end + 1;
    for (const auto& [unread, closing] : kUnread)
      if (tag.starts_with(unread)) i = std::min(html.find(closing, i), html.size());
    if (!tag.starts_with("<span") && !tag.starts_with("</span") && !tag.starts_with("<code") &&
        !tag.starts_with("</code"))
      text += ' ';
    const std::size_t id = tag.find(" id=\"");
    if (id == std::string_view::npos) continue;
    const std::size_t close = tag.find('"', id + 5);
    if (close == std::string_view::npos) continue;
    const std::string name = unescape_html(tag.substr(id + 5, close - id - 5));
    const auto found = entries.find(name);
    if (found == entries.end()) continue;
    finish_section(sections.back(), text);
    sections.push_back({name, found->second->title, found->second->kind, "", {}});
  }
  finish_section(sections.back(), text);
  if (sections.size() > 1 && sections[0].terms.empty()) sections.erase(sections.begin());
  return sections;
}

// Three lists, each a string with one entry a line:
//   pages     path \t title
//   sections  page's number, as base 36 \t anchor \t title \t kind \t excerpt   (in order of pages; number empty: as
//   above) terms     term \t sections in which it occurs: differences in base 36, "!" behind those where it occurs
//   often
std::string write_search_index(const std::vector<SearchPage>& pages) {
  std::string page_list, section_list;
  struct Posting {
    std::size_t section;
    bool often;
  };
  std::unordered_map<std::string_view, std::vector<Posting>> postings;
  std::size_t number = 0;
  for (std::size_t p = 0; p < pages.size(); ++p) {
    page_list += fmt::format("{}\t{}\n", one_line(pages[p].path), one_line(pages[p].title));
    bool first = true;
    for (const SearchSection& section : *pages[p].sections) {
      section_list += fmt::format("{}\t{}\t{}\t{}\t{}\n", first ? base36(p) : "", one_line(section.anchor),
                                  one_line(section.title), section.kind, one_line(section.excerpt));
      first = false;
      for (const auto& [term, count] : section.terms) postings[term].push_back({number, count >= 3});
      ++number;
    }
  }
  std::vector<std::string_view> terms;
  for (const auto& [term, list] : postings)
    // Words of nearly every section ("the") tell nothing.
    if (list.size() <= 50 || list.size() * 3 < number) terms.push_back(term);
  std::sort(terms.begin(), terms.end());
  std::string term_list;
  for (const std::string_view term : terms) {
    term_list += term;
    term_list += '\t';
    std::size_t last = 0;
    bool first = true;
    for (const Posting& posting : postings[term]) {
      if (!first && !term_list.ends_with('!')) term_list += ' ';
      term_list += base36(posting.section - last);
      if (posting.often) term_list += '!';
      last = posting.section;
      first = false;
    }
    term_list += '\n';
  }
  return fmt::format("veneerSearchIndex({{pages:{},sections:{},terms:{}}});\n", js_string(page_list),
                     js_string(section_list), js_string(term_list));
}

}  // namespace veneer::docs
