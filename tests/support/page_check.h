// What must hold of the HTML of any text, as a page and as a piece of a docstring.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "docs/page/markdown.h"
#include "docs/page/page_text.h"
#include "docs/text/unicode.h"
#include "support/html_check.h"
#include "support/small_site.h"

namespace veneer::docs {

/// What is wrong with what `text` becomes; empty if nothing is: the HTML is well-formed UTF-8, nothing in it runs, no
/// mark of ours is left in what is written, and findings name lines that exist.
inline std::string problem_of_page(std::string_view text) {
  static const FewObjects objects;
  static const SiteMap site = small_site();
  const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
  const auto problem_of = [lines](std::string_view html, std::string_view markdown, const Page& page) {
    for (const std::string_view mark : {kMarkBegin, kMarkEnd})
      if (html.find(mark) != std::string_view::npos || markdown.find(mark) != std::string_view::npos)
        return std::string("a mark is left");
    if (valid_utf8(html) != html || valid_utf8(markdown) != markdown) return std::string("not UTF-8");
    for (const Finding& finding : page.findings())
      if (finding.where.line < 1 || finding.where.line > lines) return "nowhere: " + to_string(finding);
    for (const OutlineEntry& entry : page.outline())
      if (!page.ids().contains(entry.id)) return "the outline's id " + entry.id;
    return HtmlCheck(html).problem();
  };
  PrepareOptions options;
  options.page = "guide/start";
  Page page(options.page, &objects, &site);
  const PageText written = render_page(prepare_page(text, {"guide/start.md", 1}, options), page);
  if (std::string problem = problem_of(written.html, written.markdown, page); !problem.empty()) return problem;
  Page piece("guide/start", nullptr);
  std::string html = render_markdown(text, {"a.py", 1}, piece);
  html += render_inline_markdown(text, {"a.py", 1}, piece);
  return problem_of(html, "", piece);
}

}  // namespace veneer::docs
