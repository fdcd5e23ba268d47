// Raw HTML: what stands, what is put right, and what is left out.
#include <gtest/gtest.h>

#include "rendered.h"

namespace veneer::docs {
namespace {

TEST(PageHtml, Stands) {
  expect_html({
      {"<div class=\"a\">\n\n*b*\n\n</div>", "<div class=\"a\"><p><em>b</em></p></div>"},
      {"<div>*b* & c</div>", "<div>*b* &amp; c</div>"},
      {"a <b>b</b> <br/> <sub>c</sub>", "<p>a <b>b</b> <br> <sub>c</sub></p>"},
      {"<details>\n<summary>More</summary>\n\ntext\n\n</details>",
       "<details><summary>More</summary><p>text</p></details>"},
      {"<DIV Class=x Hidden>a</DIV>", "<div class=\"x\" hidden=\"\">a</div>"},
      {"<img src='https://x.y/a.png' alt='a \"b\"'>",
       "<img src=\"https://x.y/a.png\" alt=\"a &quot;b&quot;\" loading=\"lazy\">"},
      {"<table><tr><td>a<td>b</table>", "<table><tbody><tr><td>a</td><td>b</td></tr></tbody></table>"},
      {"<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"},
      {"a<!-- hidden -->b", "<p>ab</p>"},
      {"<!-- Copyright\n\nof two paragraphs -->\n\n# T",
       "<h1 id=\"t\">T<a class=\"permalink\" href=\"#t\" aria-label=\"Link to this section\">#</a></h1>"},
      {"<div>&copy; &lt; &</div>", "<div>&copy; &lt; &amp;</div>"},
      {"<div>[`Model`]</div>",
       "<div><a class=\"ref\" href=\"../api/model.html#lib.Model\"><code>Model</code></a></div>"},
      {"<video src=\"https://x.y/v.mp4\" controls></video>",
       "<p><video src=\"https://x.y/v.mp4\" controls=\"\"></video></p>"},
      {"<iframe src=\"https://x.y/\"></iframe>",
       "<iframe src=\"https://x.y/\" loading=\"lazy\" title=\"Embedded page\"></iframe>"},
  });
}

TEST(PageHtml, IsPutRight) {
  expect_html({
      {"<div>a", "<div>a\n</div>"},
      {"a</div>b", "<p>ab</p>"},
      {"*a <b>b* c</b>", "<p><em>a <b>b</b></em> c</p>"},
      {"<b><i>a</b></i>", "<p><b><i>a</i></b></p>"},
      {"<a href=\"#x\">a [b](#y)</a>", "<p><a href=\"#x\">a b</a></p>"},
      {"<a id=\"x\">a</a> <a id=\"x\">b</a>", "<p><a id=\"x\">a</a> <a id=\"x-1\">b</a></p>"},
      {"<a name=\"x\" id=\"y\">a</a>", "<p><a id=\"x\">a</a></p>"},
      {"<div a=1 a=2>a</div>", "<div a=\"1\">a</div>"},
      {"a <p>b</p> c", "<p>a </p><p>b</p> c"},
      {"<a href=\"#x\">\n\n# T\n\n</a>", "<a href=\"#x\"><h1 id=\"t\">T</h1></a>"},
      {"<a href=\"#x\">\n\n[[moved: a -> #b]]",
       "<a href=\"#x\"></a><p class=\"moved\"><a id=\"a\" href=\"#b\" data-moved>a has moved</a></p>"},
      {"a <hr> b", "<p>a </p><hr> b"},
      {"*a <div>b</div> c*", "<p><em>a </em></p><div>b</div> c"},
      {"> <div>a\n\nb", "<blockquote><div>a\n</div></blockquote><p>b</p>"},
  });
}

TEST(PageHtml, WhatIsNoElementIsText) {
  expect_html({
      {"a <string> b", "<p>a &lt;string&gt; b</p>"},
      {"vector<int> x", "<p>vector&lt;int&gt; x</p>"},
      {"<unk id=\"x\">", "&lt;unk id=&quot;x&quot;&gt;\n"},
      {"a < b > c", "<p>a &lt; b &gt; c</p>"},
      {"<3", "<p>&lt;3</p>"},
  });
}

struct UnsafeCase {
  std::string_view markdown, html;
  std::vector<std::string> findings;
};

TEST(PageHtml, WhatMightRunIsLeftOut) {
  const std::vector<UnsafeCase> cases{
      {"a <script>alert(1)</script> b", "<p>a  b</p>", {"1: dropped-html"}},
      {"<script>\nalert(1)\n\n</script>\n\nb", "<p>b</p>", {"1: dropped-html"}},
      {"<SCRIPT src=x></SCRIPT>", "", {"1: dropped-html"}},
      {"<style>a{}</style>", "", {"1: dropped-html"}},
      {"<div onclick=\"x()\">a</div>", "<div>a</div>", {"1: dropped-html"}},
      {"<img src=x ONERROR=x() alt=a>",
       "<img src=\"x\" alt=\"a\" loading=\"lazy\">",
       {"1: missing-image", "1: dropped-html"}},
      {"<a href=\"javascript:x()\">a</a>", "<p><a>a</a></p>", {"1: dropped-html"}},
      {"<a href=\" Java\tScript:x()\">a</a>", "<p><a>a</a></p>", {"1: dropped-html"}},
      {"<a href=\"&#106;avascript:x()\">a</a>", "<p><a>a</a></p>", {"1: dropped-html"}},
      {"<a href=\"vbscript:x\">a</a>", "<p><a>a</a></p>", {"1: dropped-html"}},
      {"[a](javascript:x)", "<p><a href=\"#\">a</a></p>", {"1: refused-address"}},
      {"[a](data:text/html,x)", "<p><a href=\"#\">a</a></p>", {"1: refused-address"}},
      {"<javascript:x>", "<p><a href=\"#\">javascript:x</a></p>", {"1: refused-address"}},
      {"![a](javascript:x)", "<p><img src=\"#\" alt=\"a\" loading=\"lazy\"></p>", {"1: refused-address"}},
      {"<iframe srcdoc=\"<script>\" src=\"https://x.y\"></iframe>",
       "<iframe src=\"https://x.y\" loading=\"lazy\" title=\"Embedded page\"></iframe>",
       {"1: dropped-html"}},
      {"<form action=x><input></form>", "", {"1: dropped-html", "1: dropped-html"}},
      {"<meta http-equiv=refresh>", "", {"1: dropped-html"}},
      {"<base href=\"//evil\">", "", {"1: dropped-html"}},
      {"<svg><script>x</script></svg>", "<p></p>", {"1: dropped-html"}},
      {"<div style=\"background:url(javascript:x)\">a</div>", "<div>a</div>", {"1: dropped-html"}},
      {"a\n\n<div>\n<script>x</script></div>", "<p>a</p><div></div>", {"4: dropped-html"}},
  };
  for (const UnsafeCase& one : cases) {
    const Rendered page = rendered(one.markdown);
    EXPECT_EQ(page.html, one.html) << one.markdown;
    EXPECT_EQ(page.findings, one.findings) << one.markdown;
  }
}

TEST(PageHtml, TrustedPagesMayRunScripts) {
  SiteMap site = small_site();
  site.raw_html = RawHtml::trusted;
  const auto html = [&site](std::string_view markdown) { return rendered(markdown, site).html; };
  EXPECT_EQ(html("<script>\nif (a < b) x()\n</script>"), "<script>\nif (a < b) x()\n</script>");
  EXPECT_EQ(html("a <script>if (a < 'b') x()</script> b"), "<p>a <script>if (a < 'b') x()</script> b</p>");
  EXPECT_EQ(html("<div onclick=\"x()\">a</div>"), "<div onclick=\"x()\">a</div>");
}

}  // namespace
}  // namespace veneer::docs
