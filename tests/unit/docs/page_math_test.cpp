// Formulas: where they begin and end, and the MathML that they become.
#include <gtest/gtest.h>

#include "docs/page/math.h"
#include "rendered.h"

namespace veneer::docs {
namespace {

std::string within(const std::string& mathml, const std::string& source) {
  return "<math><semantics><mrow>" + mathml + "</mrow><annotation encoding=\"application/x-tex\">" + source +
         "</annotation></semantics></math>";
}
std::string on_its_own(const std::string& mathml, const std::string& source) {
  return "<div class=\"formula\"><math display=\"block\"><semantics><mrow>" + mathml +
         "</mrow><annotation encoding=\"application/x-tex\">" + source + "</annotation></semantics></math></div>";
}
const std::string kX = within("<mi>x</mi>", "x");

TEST(PageMath, WhereFormulasAre) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"so $x$ is", "<p>so " + kX + " is</p>"},
      {"$x$", "<p>" + kX + "</p>"},
      {"so $x$, then", "<p>so " + kX + ", then</p>"},
      {"so \\\\(x\\\\) is", "<p>so " + kX + " is</p>"},
      {"so \\\\( x \\\\) is", "<p>so " + kX + " is</p>"},
      {"- $x$\n- b", "<ul><li>" + kX + "</li><li>b</li></ul>"},
      {"| $x$ |\n|---|\n| \\\\(x\\\\) |", "<div class=\"table\" tabindex=\"0\"><table><thead><tr><th>" + kX +
                                              "</th></tr></thead><tbody><tr><td>" + kX +
                                              "</td></tr></tbody></table></div>"},
      {"$$x$$", on_its_own("<mi>x</mi>", "x")},
      {"\\\\[ x \\\\]", on_its_own("<mi>x</mi>", "x")},
      {"a\n\\\\[\nx\n\\\\]\nb", "<p>a</p>" + on_its_own("<mi>x</mi>", "x") + "<p>b</p>"},
      {"so $x<y$ is", "<p>so " + within("<mi>x</mi><mo>&lt;</mo><mi>y</mi>", "x&lt;y") + " is</p>"},
      {"so $x < y$ is", "<p>so " + within("<mi>x</mi><mo>&lt;</mo><mi>y</mi>", "x &lt; y") + " is</p>"},
      {"so ${a}_{b}$ is",
       "<p>so " + within("<msub><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></msub>", "{a}_{b}") + " is</p>"},
      {"a\n\n$$\nx\n$$\n\nb", "<p>a</p>" + on_its_own("<mi>x</mi>", "x") + "<p>b</p>"},
      {"a\n$$x$$\nb", "<p>a</p>" + on_its_own("<mi>x</mi>", "x") + "<p>b</p>"},
      {"- a\n\n  $$x$$", "<ul><li><p>a</p>" + on_its_own("<mi>x</mi>", "x") + "</li></ul>"},
      {"so $x_1*y_2*z$ is",
       "<p>so " +
           within("<msub><mi>x</mi><mn>1</mn></msub><mo>\u2217</mo><msub><mi>y</mi><mn>2</mn></msub><mo>\u2217</mo>"
                  "<mi>z</mi>",
                  "x_1*y_2*z") +
           " is</p>"},
  };
  for (const auto& [markdown, html] : cases) {
    const Rendered page = rendered(markdown);
    EXPECT_EQ(page.html, html) << markdown;
    EXPECT_TRUE(page.findings.empty()) << markdown;
  }
}

TEST(PageMath, WhereNoneAre) {
  expect_html({
      {"costs $5 and $6 more", "<p>costs $5 and $6 more</p>"},
      {"*$x$ a*", "<p><em>$x$ a</em></p>"},
      {"a$x$b", "<p>a$x$b</p>"},
      {"$x$b", "<p>$x$b</p>"},
      {"$a\nb$", "<p>$a\nb$</p>"},
      {"${var} and ${other}", "<p>${var} and ${other}</p>"},
      {"costs $5<b>and</b>$ more", "<p>costs $5<b>and</b>$ more</p>"},
      {"`$x$` and `\\\\(x\\\\)`", "<p><code>$x$</code> and <code>\\\\(x\\\\)</code></p>"},
      {"$a`b`$", "<p>$a<code>b</code>$</p>"},
      {"f\\\\(x\\\\)", "<p>f\\(x\\)</p>"},
      {"```\n$$x$$\n```", "<div class=\"code\"><pre tabindex=\"0\"><code>$$x$$\n</code></pre></div>"},
      {"<!-- $x$ -->", ""},
  });
}

TEST(PageMath, AFormulaThatIsWrongIsShownAsWritten) {
  const Rendered page = rendered("a\n\nso $\\nope{x}$ is\n\n$$\n\\frac{1\n$$");
  EXPECT_EQ(page.html,
            "<p>a</p><p>so <code class=\"formula-source\">\\nope{x}</code> is</p><div class=\"formula\"><code "
            "class=\"formula-source\">\\frac{1</code></div>");
  EXPECT_EQ(page.findings, (std::vector<std::string>{"3: bad-formula", "5: bad-formula"}));
}

struct FormulaCase {
  std::string_view latex, mathml;
};

TEST(PageMath, Formulas) {
  const std::vector<FormulaCase> cases{
      {"x^2", "<msup><mi>x</mi><mn>2</mn></msup>"},
      {"x_t^{2k}", "<msubsup><mi>x</mi><mi>t</mi><mrow><mn>2</mn><mi>k</mi></mrow></msubsup>"},
      {"f'", "<msup><mi>f</mi><mrow><mo>\u2032</mo></mrow></msup>"},
      {"\\frac{1}{n}", "<mfrac><mrow><mn>1</mn></mrow><mrow><mi>n</mi></mrow></mfrac>"},
      {"x^10", "<msup><mi>x</mi><mn>1</mn></msup><mn>0</mn>"},
      {"\\frac12", "<mfrac><mn>1</mn><mn>2</mn></mfrac>"},
      {"\\sqrt{x}", "<msqrt><mrow><mi>x</mi></mrow></msqrt>"},
      {"\\sqrt[3]{x}", "<mroot><mrow><mi>x</mi></mrow><mrow><mn>3</mn></mrow></mroot>"},
      {"\\alpha\\le\\beta", "<mi>\u03B1</mi><mo>\u2264</mo><mi>\u03B2</mi>"},
      {"a<b&", ""},
      {"a-b", "<mi>a</mi><mo>\u2212</mo><mi>b</mi>"},
      {"\\sum_{i=1}^n i",
       "<munderover><mo>\u2211</mo><mrow><mi>i</mi><mo lspace=\"0\" "
       "rspace=\"0\">=</mo><mn>1</mn></mrow><mi>n</mi></munderover><mi>i</mi>"},
      {"\\int_0^1 x", "<msubsup><mo>\u222B</mo><mn>0</mn><mn>1</mn></msubsup><mi>x</mi>"},
      {"\\mathbf{x}", "<mrow><mi mathvariant=\"normal\">\U0001D431</mi></mrow>"},
      {"\\mathbb{R}", "<mrow><mi mathvariant=\"normal\">\u211D</mi></mrow>"},
      {"\\text{if } x<y", "<mtext>if\u00A0</mtext><mi>x</mi><mo>&lt;</mo><mi>y</mi>"},
      {"\\hat{x}", "<mover accent=\"true\"><mrow><mi>x</mi></mrow><mo>^</mo></mover>"},
      {"\\left(x\\right]", "<mrow><mo stretchy=\"true\">(</mo><mi>x</mi><mo stretchy=\"true\">]</mo></mrow>"},
      {"\\left.x\\right|", "<mrow><mi>x</mi><mo stretchy=\"true\">|</mo></mrow>"},
      {"\\begin{pmatrix}a&b\\\\c&d\\end{pmatrix}",
       "<mrow><mo stretchy=\"true\">(</mo><mtable><mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd></mtr><mtr><mtd>"
       "<mi>c</mi></mtd><mtd><mi>d</mi></mtd></mtr></mtable><mo stretchy=\"true\">)</mo></mrow>"},
      {"\\{x\\}", "<mo stretchy=\"false\">{</mo><mi>x</mi><mo stretchy=\"false\">}</mo>"},
      {"f(x)", "<mi>f</mi><mo stretchy=\"false\">(</mo><mi>x</mi><mo stretchy=\"false\">)</mo>"},
      {"3.14x", "<mn>3.14</mn><mi>x</mi>"},
      {"a \\\\ b",
       "<mtable displaystyle=\"true\"><mtr><mtd><mi>a</mi></mtd></mtr><mtr><mtd><mi>b</mi></mtd></mtr></mtable>"},
      {"a \\\\[2pt] b \\\\",
       "<mtable displaystyle=\"true\"><mtr><mtd><mi>a</mi></mtd></mtr><mtr><mtd><mi>b</mi></mtd></mtr></mtable>"},
      {"a \\lt b \\gt c", "<mi>a</mi><mo>&lt;</mo><mi>b</mi><mo>&gt;</mo><mi>c</mi>"},
      {"\\text{for $x$, }", "<mtext>for\u00A0</mtext><mrow><mi>x</mi></mrow><mtext>,\u00A0</mtext>"},
      {"x \\tag{1}", "<mi>x</mi><mspace width=\"2em\"></mspace><mtext>(1)</mtext>"},
      {"\\boldsymbol{\\theta}", "<mrow><mi mathvariant=\"normal\">\U0001D73D</mi></mrow>"},
      {"\\mathcal{NL}",
       "<mrow><mi mathvariant=\"normal\">\U0001D4A9</mi><mi mathvariant=\"normal\">\u2112</mi></mrow>"},
      {"{\\bf x}y", "<mrow><mi mathvariant=\"normal\">\U0001D431</mi></mrow><mi>y</mi>"},
      {"{a \\over b}", "<mrow><mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac></mrow>"},
      {"\\operatorname*{arg\\,max}_x", "<munder><mi>arg\u2009max</mi><mi>x</mi></munder>"},
      {"\\Delta|\\widehat{x}",
       "<mi mathvariant=\"normal\">\u0394</mi><mo stretchy=\"false\" lspace=\"0\" rspace=\"0\">|</mo>"
       "<mover accent=\"true\"><mrow><mi>x</mi></mrow><mo stretchy=\"true\">\u0302</mo></mover>"},
      {"\\displaystyle x", "<mstyle displaystyle=\"true\" scriptlevel=\"0\"><mi>x</mi></mstyle>"},
      {"\\Big(", "<mo stretchy=\"true\" minsize=\"1.8em\" maxsize=\"1.8em\">(</mo>"},
      {"\\xrightarrow{f}",
       "<mover><mo stretchy=\"true\">\u2192</mo><mrow><mspace width=\"0.4em\"></mspace><mrow><mi>f</mi></mrow>"
       "<mspace width=\"0.4em\"></mspace></mrow></mover>"},
      {"\\substack{a\\\\b}",
       "<mtable><mtr><mtd style=\"padding:0\"><mi>a</mi></mtd></mtr><mtr><mtd "
       "style=\"padding:0\"><mi>b</mi></mtd></mtr>"
       "</mtable>"},
      {"\\textcolor{red}{x}", "<mrow style=\"color:red\"><mrow><mi>x</mi></mrow></mrow>"},
      {"a % comment\n b", "<mi>a</mi><mi>b</mi>"},
  };
  for (const FormulaCase& one : cases) {
    const MathResult result = latex_to_mathml(one.latex, MathDisplay::on_its_own);
    if (one.mathml.empty()) {
      EXPECT_FALSE(result.problem.empty()) << one.latex;
      continue;
    }
    EXPECT_EQ(result.problem, "") << one.latex;
    EXPECT_NE(result.mathml.find("<mrow>" + std::string(one.mathml) + "</mrow><annotation"), std::string::npos)
        << one.latex << " gave " << result.mathml;
  }
}

TEST(PageMath, Problems) {
  for (const char* latex : {"{", "}", "\\frac{1}", "x_", "\\left(x", "\\begin{matrix}a", "\\begin{nope}\\end{nope}",
                            "\\sqrt[3", "\\unknown", "\\color{x;y}a", "a & b", "\\hspace{1;}"})
    EXPECT_FALSE(latex_to_mathml(latex, MathDisplay::within_text).problem.empty()) << latex;
  EXPECT_FALSE(latex_to_mathml(std::string(100000, '{'), MathDisplay::within_text).problem.empty());
}

}  // namespace
}  // namespace veneer::docs
