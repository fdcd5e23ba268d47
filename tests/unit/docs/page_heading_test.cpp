// Headings: anchors, levels and the outline; and which directive stands below which.
#include <gtest/gtest.h>

#include "rendered.h"

namespace veneer::docs {
namespace {

struct HeadingCase {
  std::string_view markdown, id, title;
};

TEST(PageHeading, Anchors) {
  const std::vector<HeadingCase> cases{
      {"# Hello World", "hello-world", "Hello World"},
      {"# Title[[my-anchor]]", "my-anchor", "Title"},
      {"# Title [[my.Anchor_2]]", "my.Anchor_2", "Title"},
      {"# `code` and **bold**[[here]]", "here", "code and bold"},
      {"# What's new in v0.30.0 (2024)?", "whats-new-in-v0300-2024", "What's new in v0.30.0 (2024)?"},
      {"# torch_dtype & more", "torchdtype--more", "torch_dtype & more"},
      {"# Use `torch.compile`", "use-torchcompile", "Use torch.compile"},
      {"# Pre`fix`ed", "pre-fix-ed", "Prefixed"},
      {"# A  b\tc", "a-b-c", "A  b\tc"},
      {"# \u00DCber \u4E2D\u6587 \u0441\u043B\u043E\u0432\u043E",
       "\u00FCber-\u4E2D\u6587-\u0441\u043B\u043E\u0432\u043E",
       "\u00DCber \u4E2D\u6587 \u0441\u043B\u043E\u0432\u043E"},
      {"# [Link](https://x.y) text", "link-text", "Link text"},
      {"# ???", "section", "???"},
      {"Under\n=====", "under", "Under"},
      {"# Closed #", "closed", "Closed"},
  };
  for (const HeadingCase& one : cases) {
    const Rendered page = rendered(one.markdown);
    ASSERT_EQ(page.outline.size(), 1U) << one.markdown;
    EXPECT_EQ(page.outline[0].id, one.id) << one.markdown;
    EXPECT_EQ(page.outline[0].title, one.title) << one.markdown;
  }
}

TEST(PageHeading, Html) {
  expect_html({
      {"# Plain",
       "<h1 id=\"plain\">Plain<a class=\"permalink\" href=\"#plain\" aria-label=\"Link to this "
       "section\">#</a></h1>"},
      {"# Open <a id=\"b\">tag",
       "<h1 id=\"open-tag\">Open <a id=\"b\">tag</a><a class=\"permalink\" href=\"#open-tag\" aria-label=\"Link to "
       "this section\">#</a></h1>"},
      {"# The *new* `x`[[a&b]]",
       "<h1 id=\"a&amp;b\">The <em>new</em> <code>x</code><a class=\"permalink\" href=\"#a&amp;b\" aria-label=\"Link "
       "to "
       "this section\">#</a></h1>"},
  });
}

// One h1 a page and no level left out, whatever the author writes.
TEST(PageHeading, Levels) {
  const std::vector<std::pair<std::string_view, std::vector<int>>> cases{
      {"# a\n## b\n### c\n## d", {1, 2, 3, 2}}, {"# a\n# b\n## c", {1, 2, 3}},
      {"# a\n#### b\n##### c", {1, 2, 3}},      {"### a\n## b", {2, 2}},
      {"## a\n# b\n## c", {2, 1, 2}},
  };
  for (const auto& [markdown, levels] : cases) {
    std::vector<int> found;
    for (const OutlineEntry& entry : rendered(markdown).outline) found.push_back(entry.level);
    EXPECT_EQ(found, levels) << markdown;
  }
}

TEST(PageHeading, EqualAnchorsAreToldApart) {
  const Rendered page = rendered("# A\n\n## B\n\n## B\n\n## C[[b]]");
  std::vector<std::string> ids;
  for (const OutlineEntry& entry : page.outline) ids.push_back(entry.id);
  EXPECT_EQ(ids, (std::vector<std::string>{"a", "b", "b-1", "b-2"}));
  EXPECT_EQ(page.findings, (std::vector<std::string>{"5: duplicate-id", "7: duplicate-id"}));
}

TEST(PageHeading, InsideComponentsAndQuotations) {
  const Rendered page =
      rendered("# A\n\n<hfoptions id=\"g\">\n<hfoption id=\"x\">\n\n## B\n\n</hfoption>\n</hfoptions>");
  ASSERT_EQ(page.outline.size(), 2U);
  EXPECT_EQ(page.outline[1].id, "b");
}

struct DirectiveCase {
  std::string_view markdown, html;
};

TEST(PageDirective, MemberLists) {
  const std::vector<DirectiveCase> cases{
      {"[[autodoc]] Model", "<section id=\"lib.Model\">Model</section>"},
      {"[[autodoc]] a.b.Model\n    - one\n    - two", "<section id=\"lib.a.b.Model\">a.b.Model one two</section>"},
      {"[[autodoc]] Model\n\n    - one\n\n    - two", "<section id=\"lib.Model\">Model one two</section>"},
      {"[[autodoc]] Model\n\t- all\n\t- __call__", "<section id=\"lib.Model\">Model all __call__</section>"},
      {"[[autodoc]] Model\n- not a member", "<section id=\"lib.Model\">Model</section><ul><li>not a member</li></ul>"},
      {"[[autodoc]] Model\n  - one\n    - deeper",
       "<section id=\"lib.Model\">Model one</section><ul><li>deeper</li></ul>"},
      {"  [[autodoc]] Model\n    - one", "<section id=\"lib.Model\">Model one</section>"},
      {"text\n[[autodoc]] Model\ntext", "<p>text</p><section id=\"lib.Model\">Model</section><p>text</p>"},
      {"```\n[[autodoc]] Model\n```",
       "<div class=\"code\"><pre tabindex=\"0\"><code>[[autodoc]] Model\n</code></pre></div>"},
      {"Write `[[autodoc]] Model` there", "<p>Write <code>[[autodoc]] Model</code> there</p>"},
  };
  for (const DirectiveCase& one : cases) EXPECT_EQ(rendered(one.markdown).html, one.html) << one.markdown;
}

TEST(PageDirective, StandsBelowItsHeading) {
  const Rendered page = rendered("# Models\n\n## Model\n\n[[autodoc]] Model\n\n## Next");
  ASSERT_EQ(page.outline.size(), 4U);
  EXPECT_EQ(page.outline[2].level, 3);
  EXPECT_EQ(page.outline[2].kind, "class");
  EXPECT_EQ(page.outline[3].level, 2);
  EXPECT_TRUE(page.findings.empty());
}

}  // namespace
}  // namespace veneer::docs
