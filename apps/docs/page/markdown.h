// Markdown as pages and docstrings write it (section 2.2 of the specification), rendered to well-formed HTML.
#pragma once

#include <string>
#include <string_view>

#include "docs/page/finding.h"
#include "docs/page/page.h"

namespace veneer::docs {

/// Block Markdown to HTML: headings, lists, tables, fences (highlighted), alerts, <Tip> and the other components,
/// hfoptions, math, raw HTML, [`X`] references, relative links. `where` is the position of the text's first line; what
/// is wrong goes to page.report(). Headings and ids are claimed from the page; headings of docstrings do not enter its
/// outline. Never throws for what the text says. The HTML is well-formed whatever the text is.
std::string render_markdown(std::string_view text, const SourcePosition& where, Page& page);

/// One line or short text: the same, without the <p> around a lone paragraph.
std::string render_inline_markdown(std::string_view text, const SourcePosition& where, Page& page);

}  // namespace veneer::docs
