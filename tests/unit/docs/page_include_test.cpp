// <include> and <literalinclude>.
#include <gtest/gtest.h>

#include "rendered.h"
#include "temporary_tree.h"

namespace veneer::docs {
namespace {

const std::map<std::string, std::string> kFiles{
    {"project/part.md", "*one*\n\n[[autodoc]] Model\n    - run\n"},
    {"project/code.py", "import a\n# BEGIN here ***\nclass A:\n    x = 1\n# end here.\nb\n"},
    {"project/fenced.md", "```\na\n```\n"},
    {"project/docs/guide/near.md", "near\n"},
    {"secret.md", "secret\n"}};

class PageInclude : public testing::Test {
 protected:
  Rendered page(std::string_view markdown) { return rendered(markdown, small_site(), tree_.root() / "project"); }

 private:
  TemporaryTree tree_{kFiles};
};

std::string text_code(const std::string& code) {
  return "<div class=\"code\" data-language=\"text\"><pre tabindex=\"0\"><code class=\"language-text\">" + code +
         "</code></pre></div>";
}

TEST_F(PageInclude, Html) {
  const std::string between = R"("path": "../../code.py", "start-after": "BEGIN here", "end-before": "end here")";
  const std::string text = R"(, "language": "text")";
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"(<include>{"path": "near.md"}</include>)", "<p>near</p>"},
      {"a\n\n<include>\n{\"path\": \"../../part.md\"}\n</include>\n\nb",
       "<p>a</p><p><em>one</em></p><section id=\"lib.Model\">Model run</section><p>b</p>"},
      {"<literalinclude>{" + between + text + "}</literalinclude>", text_code("class A:\n    x = 1\n")},
      {"<literalinclude>{" + between + text + R"(, "dedent": 4})" + "</literalinclude>", text_code("s A:\nx = 1\n")},
      {"- a\n\n  <literalinclude>{" + between + text + "}</literalinclude>",
       "<ul><li><p>a</p>" + text_code("class A:\n    x = 1\n") + "</li></ul>"},
      {R"(<literalinclude>{"path": "../../fenced.md", "language": "text"}</literalinclude>)",
       text_code("```\na\n```\n")},
      {R"(<literalinclude>{"path": "near.md"}</literalinclude>)",
       "<div class=\"code\"><pre tabindex=\"0\"><code>near\n</code></pre></div>"},
      {"```\n<include>{}</include>\n```",
       "<div class=\"code\"><pre tabindex=\"0\"><code>&lt;include&gt;{}&lt;/include&gt;\n</code></pre></div>"},
  };
  for (const auto& [markdown, html] : cases) {
    const Rendered out = page(markdown);
    EXPECT_EQ(out.html, html) << markdown;
    EXPECT_TRUE(out.findings.empty()) << markdown << out.findings[0];
  }
}

TEST_F(PageInclude, Findings) {
  for (const char* bad :
       {R"(<include>{"path": "none.md"}</include>)", R"(<include>{"path": "../../../secret.md"}</include>)",
        R"(<include>{"path": "/etc/hostname"}</include>)", "<include>{}</include>", "<include>nonsense</include>",
        "<include>[1]</include>", R"(<include>{"path": 3}</include>)", R"(<include>{"path": "near.md"})",
        R"(<include>{"path": "near.md", "start-after": "x", "end-before": "y"}</include>)"}) {
    const Rendered out = page(std::string("a\n\n") + bad);
    EXPECT_EQ(out.findings, std::vector<std::string>{"3: bad-include"}) << bad;
    EXPECT_EQ(out.html.find("secret"), out.html.find("secret.md")) << bad;
  }
}

// What is wrong in an included file is said of that file, and the lines behind it keep their numbers.
TEST_F(PageInclude, Positions) {
  const Rendered out = page("<include>{\"path\": \"../../part.md\"}</include>\n\n[`Nothing`]");
  EXPECT_EQ(out.findings, std::vector<std::string>{"3: unknown-reference"});
}

// The last line that matches counts.
TEST_F(PageInclude, MarkersMayRepeat) {
  EXPECT_EQ(
      page(R"(<literalinclude>{"path": "../../code.py", "start-after": "1", "end-before": "b", "language": "text"})"
           "</literalinclude>")
          .html,
      text_code("# end here.\n"));
}

}  // namespace
}  // namespace veneer::docs
