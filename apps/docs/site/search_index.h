// The offline search: what pages say, by section, and the file that the reader's browser searches. Stateless.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "docs/page/page.h"

namespace veneer::docs {

/// A heading or an object with the text below it.
struct SearchSection {
  std::string anchor;  ///< empty: the page's start
  std::string title;
  std::string kind;  ///< as OutlineEntry::kind
  std::string excerpt;
  std::vector<std::pair<std::string, int>> terms;  ///< sorted, with how often
};

/// The sections of a page's HTML, cut at the ids of its outline.
std::vector<SearchSection> search_sections(std::string_view html, const std::vector<OutlineEntry>& outline);

struct SearchPage {
  std::string path;
  std::string title;
  const std::vector<SearchSection>* sections = nullptr;
};

/// search-index.js: a script, so that it can be read from file:// too. The format is described in site.js.
std::string write_search_index(const std::vector<SearchPage>& pages);

/// The words of a text as the index holds them. site.js cuts queries in the same way.
std::vector<std::string> search_terms(std::string_view text);

}  // namespace veneer::docs
