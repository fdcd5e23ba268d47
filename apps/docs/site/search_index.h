// The offline search: what pages say, by section, and the file that the reader's browser searches. Stateless.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "docs/page/page.h"
#include "docs/site/vocabulary.h"

namespace veneer::docs {

struct SearchTerm {
  static constexpr std::uint32_t kWord = 0x7FFFFFFF;
  std::uint32_t word : 31;  ///< its number in the vocabulary
  std::uint32_t often : 1;  ///< whether the section says it again and again
};

/// A heading or an object with the text below it.
struct SearchSection {
  std::string anchor;  ///< empty: the page's start
  std::string title;
  std::string kind;  ///< as OutlineEntry::kind
  std::string excerpt;
  std::vector<SearchTerm> terms;  ///< each word once
};

/// The sections of a page's HTML, cut at the ids of its outline. Their words are added to the vocabulary.
std::vector<SearchSection> search_sections(std::string_view html, const std::vector<OutlineEntry>& outline,
                                           Vocabulary& vocabulary);

/// Leaves the words that sections hold in the vocabulary, in alphabetical order, and renumbers the terms accordingly.
void settle(Vocabulary& vocabulary, const std::vector<std::vector<SearchSection>*>& pages);

struct SearchPage {
  std::string path;
  std::string title;
  const std::vector<SearchSection>* sections = nullptr;
};

/// search-index.js: a script, so that it can be read from file:// too. The format is described in site.js. The
/// vocabulary must be settled.
std::string write_search_index(const std::vector<SearchPage>& pages, const Vocabulary& vocabulary);

}  // namespace veneer::docs
