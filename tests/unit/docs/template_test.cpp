#include "docs/site/template.h"

#include <gtest/gtest.h>

#include "docs/site/options.h"
#include "docs/site/toctree.h"

namespace veneer::docs {
namespace {

// A part for every ten pages, the fourth begins with a page of a strange name; the page p15.
std::string page_of_a_site_with(int pages) {
  std::string toctree;
  for (int i = 0; i < pages; ++i) {
    if (i % 10 == 0) toctree += "- title: Part " + std::to_string(i / 10) + "\n  sections:\n";
    toctree +=
        "  - local: " + (i == 30 ? "what?" : "p" + std::to_string(i)) + "\n    title: Page " + std::to_string(i) + "\n";
  }
  const BuildOptions options;
  const Toctree parsed = parse_toctree(toctree, "_toctree.yml");
  Frame frame;
  frame.options = &options;
  frame.toctree = &parsed;
  frame.sidebar_pages = parsed.pages();
  FramedPage page;
  page.path = "p15";
  return compose_page(frame, page, compose_main("<h1>Page 15</h1>", {}));
}

bool has(const std::string& html, const char* part) {
  return html.find(part) != std::string::npos;
}

TEST(Template, TheSidebarHoldsAllPages) {
  const std::string html = page_of_a_site_with(1000);
  EXPECT_TRUE(has(html, "<details open><summary>Part 1</summary>")) << html.substr(0, 2000);
  EXPECT_TRUE(has(html, "<a href=\"p15.html\" aria-current=\"page\">Page 15</a>"));
  EXPECT_TRUE(has(html, "<a href=\"p999.html\">Page 999</a>"));
}

TEST(Template, TheSidebarOfAVeryLargeSiteHoldsThePartOfThePage) {
  const std::string html = page_of_a_site_with(1010);
  EXPECT_TRUE(has(html, "<a href=\"p19.html\">Page 19</a>"));
  EXPECT_TRUE(has(html, "<li><a href=\"p20.html\">Part 2</a></li>"));
  EXPECT_FALSE(has(html, "Page 21"));
  EXPECT_TRUE(has(html, "<li><a href=\"what%3F.html\">Part 3</a></li>"));
}

}  // namespace
}  // namespace veneer::docs
