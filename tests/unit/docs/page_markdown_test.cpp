// The dialect itself: CommonMark with GitHub's tables, strikethrough and autolinks, without indented code.
#include <gtest/gtest.h>

#include "rendered.h"

namespace veneer::docs {
namespace {

TEST(PageMarkdown, Blocks) {
  expect_html({
      {"One\nline.\n\nTwo.", "<p>One\nline.</p><p>Two.</p>"},
      {"a  \nb\\\nc", "<p>a<br>b<br>c</p>"},
      {"    four spaces are no code", "<p>four spaces are no code</p>"},
      {"- a\n- b", "<ul><li>a</li><li>b</li></ul>"},
      {"- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"},
      {"- a\n  - b\n    - c", "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li></ul>"},
      {"1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"},
      {"3. a\n4. b", "<ol start=\"3\"><li>a</li><li>b</li></ol>"},
      {"- [ ] a\n- [x] b",
       "<ul><li class=\"task\"><input type=\"checkbox\" disabled> a</li>"
       "<li class=\"task\"><input type=\"checkbox\" disabled checked> b</li></ul>"},
      {"> a\n> b\n>\n> c", "<blockquote><p>a\nb</p><p>c</p></blockquote>"},
      {"a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"},
      {"\xEF\xBB\xBFmark", "<p>mark</p>"},
      {"a\r\nb\r\n\r\nc", "<p>a\nb</p><p>c</p>"},
      {"bad \xFF byte", "<p>bad \uFFFD byte</p>"},
      {"", ""},
  });
}

TEST(PageMarkdown, Inlines) {
  expect_html({
      {"*a* **b** ***c*** ~~d~~ `e`",
       "<p><em>a</em> <strong>b</strong> <em><strong>c</strong></em> <del>d</del> <code>e</code></p>"},
      {"`` a ` b ``", "<p><code>a ` b</code></p>"},
      {"`<b> & {x}`", "<p><code>&lt;b&gt; &amp; {x}</code></p>"},
      {"{x} < y && a > b", "<p>{x} &lt; y &amp;&amp; a &gt; b</p>"},
      {"&amp; &lt; &copy; &#65;", "<p>&amp; &lt; \u00A9 A</p>"},
      {"\\*not\\* \\[`x`\\]", "<p>*not* [<code>x</code>]</p>"},
      {"https://a.b/c?d=e and www.x.org",
       "<p><a href=\"https://a.b/c?d=e\">https://a.b/c?d=e</a> and <a href=\"http://www.x.org\">www.x.org</a></p>"},
      {"<https://a.b>", "<p><a href=\"https://a.b\">https://a.b</a></p>"},
      {"[a](https://x.y \"t & u\")", "<p><a href=\"https://x.y\" title=\"t &amp; u\">a</a></p>"},
      {"[a][r] [r]\n\n[r]: https://x.y", "<p><a href=\"https://x.y\">a</a> <a href=\"https://x.y\">r</a></p>"},
  });
}

TEST(PageMarkdown, SmartPunctuation) {
  expect_html({
      {"\"a\" and 'b'", "<p>\u201Ca\u201D and \u2018b\u2019</p>"},
      {"it's the '90s", "<p>it\u2019s the \u201890s</p>"},
      {"(\"a\")", "<p>(\u201Ca\u201D)</p>"},
      {"*\"a\"*", "<p><em>\u201Ca\u201D</em></p>"},
      {"a -- b --- c", "<p>a \u2014 b \u2014 c</p>"},
      {"pass --flag to it", "<p>pass --flag to it</p>"},
      {"wait...", "<p>wait\u2026</p>"},
      {"`\"a\" -- ...`", "<p><code>&quot;a&quot; -- ...</code></p>"},
  });
}

TEST(PageMarkdown, Tables) {
  expect_html({
      {"| a | b |\n|---|---|\n| 1 | `x\\|y` |",
       "<div class=\"table\" tabindex=\"0\"><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td>"
       "<td><code>x|y</code></td></tr></tbody></table></div>"},
      {"| l | c | r |\n|:--|:-:|--:|\n| 1 | **2** | a \\| b |",
       "<div class=\"table\" tabindex=\"0\"><table><thead><tr><th style=\"text-align:left\">l</th>"
       "<th style=\"text-align:center\">c</th><th style=\"text-align:right\">r</th></tr></thead><tbody><tr>"
       "<td style=\"text-align:left\">1</td><td style=\"text-align:center\"><strong>2</strong></td>"
       "<td style=\"text-align:right\">a | b</td></tr></tbody></table></div>"},
      {"<!-- STRETCH TABLES -->\n\n| a |\n|---|\n| b |",
       "<div class=\"stretch-tables\"><div class=\"table\" "
       "tabindex=\"0\"><table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr>"
       "</tbody></table></div></div>"},
  });
}

TEST(PageMarkdown, Alerts) {
  const auto alert = [](const std::string& kind, const std::string& title, const std::string& html) {
    return "<div class=\"alert " + kind + "\" role=\"note\"><p class=\"alert-title\">" + title + "</p>" + html +
           "</div>";
  };
  const std::vector<std::pair<std::string, std::string>> cases{
      {"> [!NOTE]\n> a", alert("note", "Note", "<p>a</p>")},
      {"> [!tip]\n> a", alert("tip", "Tip", "<p>a</p>")},
      {"> [!Important]\n> a", alert("important", "Important", "<p>a</p>")},
      {"> [!WARNING]\n> a\n>\n> - b", alert("warning", "Warning", "<p>a</p><ul><li>b</li></ul>")},
      {"> [!CAUTION]\n>\n> a", alert("caution", "Caution", "<p>a</p>")},
      {"> [!NOTE]\n> ```\n> a\n> ```",
       alert("note", "Note", "<div class=\"code\"><pre tabindex=\"0\"><code>a\n</code></pre></div>")},
      {"- x\n\n  > [!TIP]\n  > a", "<ul><li><p>x</p>" + alert("tip", "Tip", "<p>a</p>") + "</li></ul>"},
      {"> [!OTHER]\n> a", "<blockquote><p>[!OTHER]\na</p></blockquote>"},
      {"> a [!NOTE]", "<blockquote><p>a [!NOTE]</p></blockquote>"},
      {"[!NOTE]\na", "<p>[!NOTE]\na</p>"},
  };
  for (const auto& [markdown, html] : cases) EXPECT_EQ(rendered(markdown).html, html) << markdown;
}

}  // namespace
}  // namespace veneer::docs
