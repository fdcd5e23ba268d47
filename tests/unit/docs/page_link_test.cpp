// Links, images, references to objects, and addresses that moved. The page is guide/start.
#include <gtest/gtest.h>

#include "rendered.h"

namespace veneer::docs {
namespace {

struct LinkCase {
  std::string_view written, href;
};

TEST(PageLink, Addresses) {
  const std::vector<LinkCase> cases{
      {"other", "../guide/other.html"},
      {"./other", "../guide/other.html"},
      {"other.md", "../guide/other.html"},
      {"./other.mdx", "../guide/other.html"},
      {"other.html", "../guide/other.html"},
      {"other.md#part", "../guide/other.html#part"},
      {"other?use=B#part", "../guide/other.html?use=B#part"},
      {"other.md?use=B", "../guide/other.html?use=B"},
      {"../api/model", "../api/model.html"},
      {"../guide/../api/./model.md", "../api/model.html"},
      {"../api", "../api/index.html"},
      {"../api/", "../api/index.html"},
      {"../two%20words", "../two%20words.html"},
      {"../C%23:%20100%25%3f#x", "../C%23%3A%20100%25%3F.html#x"},
      {"../C%23.png", "../C%23.png"},
      {"/docs/lib/main/en/api/model#x", "../api/model.html#x"},
      {"/docs/lib/v0.30.0/en/api/model", "../api/model.html"},
      {"/docs/lib/api/model", "../api/model.html"},
      {"/docs/other/index", "/docs/other/index"},
      {"/guide/other", "../guide/other.html"},
      {"/notes.pdf", "../notes.pdf"},
      {"#part", "#part"},
      {"?use=B", "?use=B"},
      {"start#part", "#part"},
      {"https://x.y/a.md#b", "https://x.y/a.md#b"},
      {"//x.y/a.md", "//x.y/a.md"},
      {"mailto:a@b.c", "mailto:a@b.c"},
      {"../notes.pdf", "../notes.pdf"},
      {"dog.png", "../guide/dog.png"},
      {"../only_english#x", "../../en/only_english.html#x"},
      {"../old/place", "../guide/other.html"},
  };
  for (const LinkCase& one : cases) {
    const std::string address(one.written);
    const std::string href = "href=\"" + std::string(one.href) + "\">a</a>";
    for (const std::string& page : {"[a](<" + address + ">)", "<a href=\"" + address + "\">a</a>"}) {
      const Rendered out = rendered(page);
      EXPECT_EQ(out.html, "<p><a " + href + "</p>") << page;
      EXPECT_TRUE(out.findings.empty()) << page << out.findings[0];
    }
  }
}

TEST(PageLink, AreRememberedToBeChecked) {
  const Rendered page = rendered("a\n\n[a](other#b)\n\n[c](#%E4%B8%AD)\n\n[d](https://x.y#z)");
  ASSERT_EQ(page.links.size(), 2U);
  EXPECT_EQ(page.links[0].page, "guide/other");
  EXPECT_EQ(page.links[0].anchor, "b");
  EXPECT_EQ(page.links[0].where, (SourcePosition{"guide/start.md", 3}));
  EXPECT_EQ(page.links[1].page, "");
  EXPECT_EQ(page.links[1].anchor, "\u4E2D");
  EXPECT_EQ(page.links[1].where.line, 5);
}

TEST(PageLink, Findings) {
  expect_findings({
      {"[a](nowhere)", {"1: broken-link"}},
      {"a\n\nb\n[a](nowhere.md#x)", {"4: broken-link"}},
      {"a\n\n[a](nowhere)", {"3: broken-link"}},
      {"a\n\n[a](no&amp;where)", {"3: broken-link"}},
      {"[a](no&amp;where)", {"1: broken-link"}},
      {"a\n\n<a href=\"nowhere\">b</a>", {"3: broken-link"}},
      {"a\n\n![a](nowhere.png)", {"3: missing-image"}},
      {"a\n\n![](dog.png)", {"3: missing-alt"}},
      {"a\n\n<img src=\"dog.png\">", {"3: missing-alt"}},
      {"a\n\n<img src=\"dog.png\" alt=\"\">", {}},
      {"![a](/imgs/none.png)", {"1: missing-image"}},
      {"[a](../../../etc/passwd)", {"1: broken-link"}},
  });
}

TEST(PageLink, Images) {
  expect_html({
      {"![a cat](../imgs/cat.png \"t\")",
       "<p><img src=\"../imgs/cat.png\" alt=\"a cat\" loading=\"lazy\" title=\"t\"></p>"},
      {"![a *b* `c`](dog.png)", "<p><img src=\"../guide/dog.png\" alt=\"a b c\" loading=\"lazy\"></p>"},
      {"![a](/imgs/cat.png)", "<p><img src=\"../imgs/cat.png\" alt=\"a\" loading=\"lazy\"></p>"},
      {"<img src=\"/imgs/cat.png\" alt=\"a\">", "<img src=\"../imgs/cat.png\" alt=\"a\" loading=\"lazy\">"},
      {"![a](https://x.y/a.png)", "<p><img src=\"https://x.y/a.png\" alt=\"a\" loading=\"lazy\"></p>"},
      {"[![a](dog.png)](other)",
       "<p><a href=\"../guide/other.html\"><img src=\"../guide/dog.png\" alt=\"a\" loading=\"lazy\"></a></p>"},
  });
}

TEST(PageReference, Html) {
  const auto ref = [](const std::string& href, const std::string& text) {
    return "<p><a class=\"ref\" href=\"" + href + "\"><code>" + text + "</code></a></p>";
  };
  const std::vector<std::pair<std::string, std::string>> cases{
      {"[`Model`]", ref("../api/model.html#lib.Model", "Model")},
      {"[`~lib.Model.run`]", ref("../api/model.html#lib.Model.run", "run()")},
      {"[`Model#size`]", ref("../api/model.html#lib.Model.size", "size")},
      {"[`torch.Tensor`]", ref("https://torch/t.html#Tensor", "torch.Tensor")},
      {"[`numpy.ndarray`]", ref("https://numpy/n.html#ndarray", "numpy.ndarray")},
      {"[`~numpy.ndarray`]", ref("https://numpy/n.html#ndarray", "ndarray")},
      {"[`Hidden`]", "<p><code>Hidden</code></p>"},
      {"[`~a.Nothing`]", "<p><code>a.Nothing</code></p>"},
      {"[`Model`](other)", "<p><a href=\"../guide/other.html\"><code>Model</code></a></p>"},
      {"`Model`", "<p><code>Model</code></p>"},
      {"\\[`Model`]", "<p>[<code>Model</code>]</p>"},
      {"`[`Model`]`", "<p><code>[</code>Model<code>]</code></p>"},
      {"```\n[`Model`]\n```", "<div class=\"code\"><pre tabindex=\"0\"><code>[`Model`]\n</code></pre></div>"},
      {"*[`Model`]*", "<p><em><a class=\"ref\" href=\"../api/model.html#lib.Model\"><code>Model</code></a></em></p>"},
      {"[`Model`][`Model`]",
       "<p><a class=\"ref\" href=\"../api/model.html#lib.Model\"><code>Model</code></a><a class=\"ref\" "
       "href=\"../api/model.html#lib.Model\"><code>Model</code></a></p>"},
  };
  for (const auto& [markdown, html] : cases) EXPECT_EQ(rendered(markdown).html, html) << markdown;
}

TEST(PageReference, Findings) {
  expect_findings({
      {"a\n\n[`Modle`]", {"3: unknown-reference"}},
      {"a\n\nb [`Hidden`]", {"3: undocumented-reference"}},
      {"[`Model`] [`torch.Tensor`] [`numpy.ndarray`]", {}},
  });
}

TEST(PageMoved, OldAnchorsLeadToTheNewPlace) {
  expect_html({
      {"[[moved: old -> other#new]]",
       "<p class=\"moved\"><a id=\"old\" href=\"../guide/other.html#new\" data-moved>old has moved</a></p>"},
      {"[[moved: #old -> #new]]", "<p class=\"moved\"><a id=\"old\" href=\"#new\" data-moved>old has moved</a></p>"},
      {"[[moved: old -> new]]", "<p class=\"moved\"><a id=\"old\" href=\"#new\" data-moved>old has moved</a></p>"},
      {"[[moved: old -> other]]",
       "<p class=\"moved\"><a id=\"old\" href=\"../guide/other.html\" data-moved>old has moved</a></p>"},
      {"Sections that were moved:\n\n[ <a href=\"#new\">Old title</a><a id=\"old\"></a> ]",
       "<p>Sections that were moved:</p><p>[ <a href=\"#new\">Old title</a><a id=\"old\"></a> ]</p>"},
      {"```\n[[moved: a -> b]]\n```",
       "<div class=\"code\"><pre tabindex=\"0\"><code>[[moved: a -&gt; b]]\n</code></pre></div>"},
  });
  expect_findings({
      {"a\n\n[[moved: old -> nowhere#x]]", {"3: broken-link"}},
      {"a\n\n[[moved: old]]", {"3: bad-move"}},
      {"a\n\n[[moved: old -> ]]", {"3: bad-move"}},
  });
}

}  // namespace
}  // namespace veneer::docs
