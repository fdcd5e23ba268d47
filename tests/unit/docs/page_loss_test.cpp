// What would be lost without a word: it is shown, or it is a finding with its line.
#include <gtest/gtest.h>

#include "rendered.h"

namespace veneer::docs {
namespace {

using Lines = std::vector<std::string>;

TEST(PageLoss, WhatIsNeverClosedSwallowsNothing) {
  expect_html({
      {"a\n\n<!-- b\n\n# c",
       "<p>a</p><p>&lt;!-- b</p><h1 id=\"c\">c<a class=\"permalink\" href=\"#c\" "
       "aria-label=\"Link to this section\">#</a></h1>"},
      {"a <!-- b --> c <!-- d", "<p>a  c &lt;!-- d</p>"},
      {"<script>\n\n*a*", "<p>&lt;script&gt;</p><p><em>a</em></p>"},
      {"<pre>\n\n*a*", "<p>&lt;pre&gt;</p><p><em>a</em></p>"},
      {"<?php\n\n*a*", "<p>&lt;?php</p><p><em>a</em></p>"},
      {"<!-- a\n\n-->\n\n*b*", "<p><em>b</em></p>"},
      {"`<!--` and *a*", "<p><code>&lt;!--</code> and <em>a</em></p>"},
      {"<PRE>\na\n</PRE>\n\n*b*", "<pre>\na\n</pre><p><em>b</em></p>"},
  });
  expect_findings({{"a\n\n<!-- b", {"3: unclosed-html"}},
                   {"<style>\n\na", {"1: unclosed-html"}},
                   {"<!-- a -->\n\n<preview>\n", {}},
                   {"```\n<!--\n```\n", {}}});
}

TEST(PageLoss, TablesKeepTheirColumns) {
  const std::string three =
      "<div class=\"table\" tabindex=\"0\"><table><thead><tr><th>a</th><th>b</th><th>c</th></tr></thead><tbody><tr>"
      "<td>1</td><td>2</td><td>3</td></tr></tbody></table></div>";
  expect_html({{"| a | b | c |\n|---|---|\n| 1 | 2 | 3 |", three},
               {"a | b | c\n--- | ---\n1 | 2 | 3", three},
               {"> | a | b |\n> |---|\n",
                "<blockquote><div class=\"table\" tabindex=\"0\"><table><thead><tr><th>a</th><th>b</th></tr></thead>"
                "</table></div></blockquote>"}});
  expect_findings({{"| a | b | c |\n|---|---|\n| 1 | 2 | 3 |", {"2: bad-table"}},
                   {"| a | b |\n|---|---|\n| 1 | 2 | 3 |\n| 1 |\n", {"3: bad-table"}},
                   {"| a | `b|c` |\n|---|---|\n| 1 \\| 2 | 3 |\n", {}},
                   {"a|b\n-|-|-\n", {"2: bad-table"}}});
}

TEST(PageLoss, FrontMatterIsReadAndHidden) {
  Rendered page = rendered("---\ntitle: \"A: b\"\ndescription: c\ntags: [x]\n---\n\nText.");
  EXPECT_EQ(page.html, "<p>Text.</p>");
  EXPECT_EQ(page.markdown, "# A: b\n\nText.\n");
  const PreparedText prepared = prepare_page("---\ntitle: A\ndescription: >\n  b\n  c\n---\n\n# D", {"a.md", 1}, {});
  EXPECT_EQ(prepared.title, "A");
  EXPECT_EQ(prepared.description, "b c");
  EXPECT_EQ(rendered("---\nA rule: no settings\n---\n").html.substr(0, 4), "<hr>") << "a key has no spaces";
  EXPECT_EQ(rendered("---\n\n# A\n\n---\n").findings, Lines{});
  EXPECT_EQ(rendered("---\ntitle: a: b\n---\n\n[x](nowhere.md)").findings,
            (Lines{"2: bad-front-matter", "5: broken-link"}));
}

TEST(PageLoss, Footnotes) {
  const Rendered page = rendered("A[^b] and[^a], B[^b].\n\n[^a]: First\nline.\n[^b]: Second\n\n    `more`\n\nAfter.");
  EXPECT_EQ(page.html,
            "<p>A<sup class=\"footnote\"><a id=\"fnref-b\" href=\"#fn-b\">1</a></sup> and<sup class=\"footnote\"><a "
            "id=\"fnref-a\" href=\"#fn-a\">2</a></sup>, B<sup class=\"footnote\"><a id=\"fnref-b-1\" "
            "href=\"#fn-b\">1</a></sup>.</p><p>After.</p><section class=\"footnotes\" aria-label=\"Footnotes\"><ol><li "
            "id=\"fn-b\"><p>Second</p><p><code>more</code> <a class=\"footnote-back\" href=\"#fnref-b\" "
            "aria-label=\"Back to the text\">↩</a> <a class=\"footnote-back\" href=\"#fnref-b-1\" aria-label=\"Back to "
            "the text\">↩</a></p></li><li id=\"fn-a\"><p>First\nline. <a class=\"footnote-back\" href=\"#fnref-a\" "
            "aria-label=\"Back to the text\">↩</a></p></li></ol></section>");
  EXPECT_EQ(rendered("# T[^1]\n\n[^1]: x").outline.front().title, "T");
  EXPECT_EQ(rendered("# T\n\na[^1]\n\n[^1]: x").markdown, "# T\n\na[^1]\n\n[^1]: x\n");
  expect_html({{"a[^x] `[^1]` \\[^1]", "<p>a[^x] <code>[^1]</code> [^1]</p>"}});
  expect_findings({{"a[^1] b[^2]\n\n[^1]: x", {"1: unknown-footnote"}},
                   {"a\n\n[^1]: x", {"3: unused-footnote"}},
                   {"a[^1]\n\n[^1]: x\n\n[^1]: y", {"5: unused-footnote"}},
                   {"a[^1]\n\n[^1]: [x](nowhere.md)", {"3: broken-link"}},
                   {"```\n[^1]: x\n```\n", {}}});
}

TEST(PageLoss, AlertsOfUnknownKinds) {
  expect_findings({{"> [!UNKNOWN]\n> a", {"1: unknown-alert"}},
                   {"> [!WARNNG]\n> a", {"1: unknown-alert"}},
                   {"> [!warning] a", {}},
                   {"> [!a b] c", {}}});
}

TEST(PageLoss, LinksThatLeadNowhere) {
  expect_findings({{"[x](a b.md)", {"1: broken-link"}},
                   {"a\n![x](imgs/my cat.png)", {"2: broken-link"}},
                   {"f[i](a, b) and [x](and so on)", {}},
                   {"[x](/nope)", {"1: broken-link"}},
                   {"![x](/nope.png)", {"1: missing-image"}},
                   {"[x](/two%20words) ![x](/imgs/cat.png) [y](/docs/other/page)", {}}});
  expect_html({{"[x](/two%20words)", "<p><a href=\"../two%20words.html\">x</a></p>"}});
}

TEST(PageLoss, OtherEncodings) {
  expect_findings({{"a\n\nGr\xFC\xDF"
                    "e",
                    {"3: not-utf8"}},
                   {std::string_view("\xFF\xFE#\0 \0A\0", 8), {"1: not-utf8"}},
                   {std::string_view("#\0 \0A\0\n\0", 8), {"1: not-utf8"}},
                   {"\xEF\xBB\xBF# A \xEF\xBF\xBD", {}}});
}

}  // namespace
}  // namespace veneer::docs
