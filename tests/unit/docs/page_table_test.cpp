#include <gtest/gtest.h>

#include "docs/page/page_text.h"

namespace veneer::docs {
namespace {

std::string html_of(std::string_view markdown) {
  SiteMap site;
  Page page("table", nullptr, &site);
  return render_page(prepare_page(markdown, {"table.md", 1}, {}), page).html;
}

TEST(PageTable, EndsWhereAHeadingBegins) {
  const std::string html = html_of("|a|b|\n|---|---|\n|1|2|\n## Next\n\nText.\n");
  EXPECT_NE(html.find("<h2 id=\"next\">Next"), std::string::npos) << html;
  EXPECT_EQ(html.find("## Next"), std::string::npos) << html;
}

TEST(PageTable, EndsWhereAFenceBegins) {
  const std::string html = html_of("|a|b|\n|---|---|\n|1|2|\n```py\nx = 1\n```\n");
  EXPECT_NE(html.find("<pre"), std::string::npos) << html;
  EXPECT_EQ(html.find("```"), std::string::npos) << html;
}

TEST(PageTable, AddressesInCellsAreLinks) {
  const std::string html = html_of("|model|where|\n|---|---|\n|One|https://a.b/one|\n|Two|www.c.d|\n");
  EXPECT_NE(html.find("<a href=\"https://a.b/one\">https://a.b/one</a>"), std::string::npos) << html;
  EXPECT_NE(html.find("<a href=\"http://www.c.d\">www.c.d</a>"), std::string::npos) << html;
}

TEST(PageTable, PipesInTextMakeNoTable) {
  const std::string html = html_of("one|https://a.b\n\n# Title\n");
  EXPECT_EQ(html.find("<table"), std::string::npos) << html;
}

TEST(PageText, MailAddressesAreLinks) {
  const std::string html = html_of("Write to someone@example.org, not to `a@b.c`.\n");
  EXPECT_NE(html.find("<a href=\"mailto:someone@example.org\">someone@example.org</a>"), std::string::npos) << html;
  EXPECT_NE(html.find("<code>a@b.c</code>"), std::string::npos) << html;
}

}  // namespace
}  // namespace veneer::docs
