// Code fences: languages, sessions, what runnable blocks show.
#include <gtest/gtest.h>

#include "rendered.h"

namespace veneer::docs {
namespace {

std::string plain_code(const std::string& code) {
  return "<div class=\"code\"><pre tabindex=\"0\"><code>" + code + "</code></pre></div>";
}
std::string text_code(const std::string& code) {
  return "<div class=\"code\" data-language=\"text\"><pre tabindex=\"0\"><code class=\"language-text\">" + code +
         "</code></pre></div>";
}

// A formula behind a block shows that the block has ended.
const std::string kX =
    "<math><semantics><mrow><mi>x</mi></mrow><annotation "
    "encoding=\"application/x-tex\">x</annotation></semantics></math>";

TEST(PageCode, Fences) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"```text\na < b\n```", text_code("a &lt; b\n")},
      {"~~~text\na\n~~~", text_code("a\n")},
      {"````text\n```\na\n```\n````", text_code("```\na\n```\n")},
      {"```TEXT\na\n```", text_code("a\n")},
      {"- a\n\n  ```text\n  b\n    c\n  ```", "<ul><li><p>a</p>" + text_code("b\n  c\n") + "</li></ul>"},
      {"1. ```text\n   [[autodoc]] Model\n   ```\n\nb",
       "<ol><li>" + text_code("[[autodoc]] Model\n") + "</li></ol><p>b</p>"},
      {"+ ```text\n  a\n  ```\n\n$x$", "<ul><li>" + text_code("a\n") + "</li></ul><p>" + kX + "</p>"},
      {"<Question>```text\n$x$\n```", text_code("$x$\n")},
      {"```\na\n\n\nb\n```", plain_code("a\n\n\nb\n")},
      {"```text\n$x$ and \\\\(y\\\\) and <Tip> and [`Model`]\n```",
       text_code("$x$ and \\\\(y\\\\) and &lt;Tip&gt; and [`Model`]\n")},
      {"a\n```text\nb\n```\nc", "<p>a</p>" + text_code("b\n") + "<p>c</p>"},
      {"```a\"><script>\nb\n```",
       "<div class=\"code\" data-language=\"a&quot;&gt;&lt;script&gt;\"><pre tabindex=\"0\">"
       "<code class=\"language-a&quot;&gt;&lt;script&gt;\">b\n</code></pre></div>"},
      {"<!-- WRAP CODE BLOCKS -->\n\n```text\na\n```", "<div class=\"wrap-code\">" + text_code("a\n") + "</div>"},
  };
  for (const auto& [markdown, html] : cases) EXPECT_EQ(rendered(markdown).html, html) << markdown;
}

TEST(PageCode, HasATitleAndLinesThatMatter) {
  const std::string open = "<div class=\"code\" data-language=\"text\">",
                    code = "<pre tabindex=\"0\"><code class=\"language-text\">", end = "</code></pre></div>";
  for (const char* title : {"title=\"a b.txt\"", "title='a b.txt'"})
    EXPECT_EQ(rendered("```text " + std::string(title) + "\na\n```").html,
              open + "<p class=\"code-title\">a b.txt</p>" + code + "a\n" + end);
  EXPECT_EQ(rendered("```text title=<x> {2}\na\nb\n```").html,
            open + "<p class=\"code-title\">&lt;x&gt;</p>" + code + "a\n<mark class=\"line\">b\n</mark>" + end);
  for (const char* info : {"text {1,3-4}", "text{1,3-4}"})
    EXPECT_EQ(rendered("```" + std::string(info) + "\na\nb\nc\n\n```").html,
              open + code +
                  "<mark class=\"line\">a\n</mark>b\n<mark class=\"line\">c\n</mark><mark class=\"line\">\n</mark>" +
                  end);
  // A token that goes over the end of a line is cut there.
  EXPECT_EQ(
      rendered("```py {2}\n\"\"\"a\nb\"\"\"\n```").html,
      "<div class=\"code\" data-language=\"py\"><pre tabindex=\"0\"><code class=\"language-py\"><span class=\"s\">"
      "&quot;&quot;&quot;a\n</span><mark class=\"line\"><span class=\"s\">b&quot;&quot;&quot;</span>\n</mark>" +
          end);
  expect_findings({{"```text {3}\na\n```", {"1: fence-lines"}},
                   {"```text {2-x}\na\n```", {"1: fence-lines"}},
                   {"```mermaid\na --> b\n```", {"1: diagram"}}});
}

TEST(PageCode, IsHighlighted) {
  EXPECT_EQ(rendered("```py\nif 1: pass\n```").html,
            "<div class=\"code\" data-language=\"py\"><pre tabindex=\"0\"><code class=\"language-py\"><span "
            "class=\"k\">if</span> <span class=\"m\">1</span>: <span class=\"k\">pass</span>\n</code></pre></div>");
}

TEST(PageCode, UnclosedIsAFinding) {
  expect_findings({{"a\n\n```py\nb\n", {"3: unclosed-fence"}}, {"```\na\n```", {}}});
}

// The prompts are elements of their own, which copying leaves out and nobody selects.
TEST(PageCode, SessionsMarkTheirPrompts) {
  EXPECT_EQ(rendered("```py\n>>> f(\n...   x)\n1\n>>> g() # doctest: +ELLIPSIS\n```").html,
            "<div class=\"code\" data-language=\"py\"><pre tabindex=\"0\"><code class=\"language-py\">"
            "<span class=\"gp\">&gt;&gt;&gt; </span><span class=\"f\">f</span>(\n<span class=\"gp\">... </span>  x)\n"
            "<span class=\"go\">1\n</span>"
            "<span class=\"gp\">&gt;&gt;&gt; </span><span class=\"f\">g</span>()\n</code></pre></div>");
}

TEST(PageCode, FrameworksAreTabs) {
  const std::string html =
      "<doc-tabs data-group=\"framework\"><doc-tab data-name=\"PyTorch\"><p class=\"tab-title\">PyTorch</p>" +
      text_code("a\n") + "</doc-tab><doc-tab data-name=\"TensorFlow\"><p class=\"tab-title\">TensorFlow</p>" +
      text_code("b\n") + "</doc-tab></doc-tabs>";
  for (const char* line : {"===PT-TF-SPLIT===", "# ===PT-TF-SPLIT===", ">>> # ===PT-TF-SPLIT==="})
    EXPECT_EQ(rendered(std::string("```text\na\n") + line + "\nb\n```").html, html) << line;
}

struct CodeCase {
  std::string_view written, shown;
};

TEST(PageCode, RunnableBlocksWithBareAssertions) {
  expect_findings({
      {"a\n\n```py runnable:x\nassert a\n```", {"4: bare-assert"}},
      {"```python runnable:x\nassert a  # doc-builder: hide\nassert b  # doc-builder: ignore-bare-assert\n```", {}},
      {"```py\nassert a\n```\n\nassert a", {}},
  });
}

TEST(PageCode, RunnableBlocksHideWhatIsForTheTest) {
  const std::vector<CodeCase> cases{
      {"a\nb  # doc-builder: hide\nc\n", "a\nc\n"},
      {"a\nf(  # doc-builder: hide\n  1,\n  2)\nc\n", "a\nc\n"},
      {"a\nx = 1 + \\  # doc-builder: hide\n  2\nc\n", "a\n  2\nc\n"},
      {"a\nfor i in x:  # doc-builder: hide\n    b\n\n    c\nd\n", "a\nd\n"},
      {"with x:\n    a  # doc-builder: hide\nb\n", "b\n"},
      {"with x:\n    a  # doc-builder: hide\n    b\n", "with x:\n    b\n"},
      {"for x in y:\n    with z:\n        a  # doc-builder: hide\nb\n", "b\n"},
      {"a\nwith x:\n    b  # doc-builder: hide\n", "a\n"},
      {"if x:\n    a\nelse:  # doc-builder: hide\n    b\nc\n", "if x:\n    a\nc\n"},
      {"# pytest-decorator: slow\na\n", "a\n"},
      {"a\n\nb  # doc-builder: hide\n\nc\n", "a\n\nc\n"},
      {"assert x  # doc-builder: ignore-bare-assert\n", "assert x\n"},
  };
  for (const CodeCase& one : cases) EXPECT_EQ(shown_code(one.written), one.shown) << one.written;
  const std::string html = rendered("```py runnable:test_x\na\nb  # doc-builder: hide\n```").html;
  EXPECT_EQ(html,
            "<div class=\"code\" data-language=\"py\"><pre tabindex=\"0\"><code class=\"language-py\">a\n</code></pre>"
            "</div>");
  EXPECT_NE(rendered("```py\na  # doc-builder: hide\n```").html.find("hide"), std::string::npos);
}

}  // namespace
}  // namespace veneer::docs
