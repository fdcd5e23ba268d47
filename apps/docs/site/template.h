// The frame around a page's text: head, header, sidebar, outline, footer. Stateless; what it is given is shared by
// threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "docs/page/page.h"
#include "docs/site/options.h"
#include "docs/site/toctree.h"

namespace veneer::docs {

/// What all pages of a site have in common.
struct Frame {
  const BuildOptions* options = nullptr;
  const Toctree* toctree = nullptr;
  std::string edit_url;                                            ///< begins "edit this page" links; empty: none
  std::string assets_tag;                                          ///< changes when style or script change
  std::vector<std::pair<std::string, std::string>> sidebar_pages;  ///< toctree->pages()
  std::uint64_t hash = 0;                                          ///< of all that is above; 0 where nothing is kept
};

/// A site's frame, without its hash. Refers to both.
Frame site_frame(const BuildOptions& options, const Toctree& toctree);

struct PageLinkTo {
  std::string path;
  std::string title;
};

struct FramedPage {
  std::string path;
  std::string title;
  std::string description;
  std::string source;  ///< its file, relative to the docs folder; empty: none
  PageLinkTo previous, next;
};

/// The text and the outline, as they stand between the frame's parts; kept by the incremental build.
std::string compose_main(std::string_view html, const std::vector<OutlineEntry>& outline);

inline constexpr std::string_view kMainBegin = "<!--veneer-docs:main-->";
inline constexpr std::string_view kMainEnd = "<!--/veneer-docs:main-->";

/// The whole file.
std::string compose_page(const Frame& frame, const FramedPage& page, std::string_view main);

/// A page that sends its reader on to `target` (a relative address).
std::string compose_redirect(std::string_view target);

std::string_view site_css();
std::string_view site_js();
/// WOFF2: letters, roots and brackets of formulas.
std::string_view math_font();

}  // namespace veneer::docs
