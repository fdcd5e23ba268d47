// Settings above a page's text, between lines of three hyphens. Stateless.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "docs/page/finding.h"

namespace veneer::docs {

struct FrontMatter {
  std::string title, description;  ///< empty: not said
  std::size_t lines = 0;           ///< at the start of the page; 0: there is none
};

/// "---", lines of YAML with `name: value`, "---". A rule of hyphens above text is none.
FrontMatter read_front_matter(const std::vector<std::string_view>& lines, const SourcePosition& where,
                              Findings& findings);

}  // namespace veneer::docs
