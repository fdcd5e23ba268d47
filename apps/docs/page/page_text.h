// A page's text in its two forms. Stateless.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "docs/page/page.h"
#include "docs/page/prepare.h"

namespace veneer::docs {

struct PageText {
  std::string html;      ///< well-formed
  std::string markdown;  ///< for the .md export
};

/// Renders a prepared page: headings enter page.outline(), directives are asked of page.objects().
PageText render_page(const PreparedText& prepared, Page& page);

/// The page as plain Markdown, from its first heading: without components and comments, directives replaced by
/// `directives` (one text for each of prepared.directives).
std::string export_markdown(const PreparedText& prepared, const std::vector<std::string>& directives);

/// The number of the insert that is all of `text`, or nothing.
std::optional<std::size_t> lone_mark(std::string_view text);

}  // namespace veneer::docs
