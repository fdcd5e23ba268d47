// What pages write as tags of our own, and what becomes of other tags.
#include <gtest/gtest.h>

#include "rendered.h"

namespace veneer::docs {
namespace {

TEST(PageComponent, Notes) {
  expect_html({
      {"<Tip>\n\n*a*\n\n</Tip>",
       "<doc-note class=\"alert tip\" role=\"note\"><p class=\"alert-title\">Tip</p><p><em>a</em></p></doc-note>"},
      {"<Tip warning={true}>\n\na\n\n</Tip>",
       "<doc-note class=\"alert warning\" role=\"note\"><p class=\"alert-title\">Warning</p><p>a</p></doc-note>"},
      {"<Tip warning>a</Tip>",
       "<doc-note class=\"alert warning\" role=\"note\"><p class=\"alert-title\">Warning</p><p>a</p></doc-note>"},
      {"<Tip warning={false}>a</Tip>",
       "<doc-note class=\"alert tip\" role=\"note\"><p class=\"alert-title\">Tip</p><p>a</p></doc-note>"},
      {"<Tip>\na\nb\n</Tip>\nc",
       "<doc-note class=\"alert tip\" role=\"note\"><p class=\"alert-title\">Tip</p><p>a\nb</p></doc-note><p>c</p>"},
      {"<Added version=\"v4.1\">\n\na\n\n</Added>",
       "<doc-note class=\"alert tip\" role=\"note\"><p class=\"alert-title\">Added in version "
       "v4.1</p><p>a</p></doc-note>"},
      {"<Changed version=\"2 & 3\">a</Changed>",
       "<doc-note class=\"alert tip\" role=\"note\"><p class=\"alert-title\">Changed in version 2 &amp; "
       "3</p><p>a</p></doc-note>"},
      {"<Deprecated version=\"1.0\" />",
       "<doc-note class=\"alert warning\" role=\"note\"><p class=\"alert-title\">Deprecated since version "
       "1.0</p></doc-note>"},
      {"- a\n\n  <Tip>\n\n  b\n\n  </Tip>\n- c",
       "<ul><li><p>a</p><doc-note class=\"alert tip\" role=\"note\"><p class=\"alert-title\">Tip</p><p>b</p></doc-note>"
       "</li><li><p>c</p></li></ul>"},
      {"`<Tip>` is a tag", "<p><code>&lt;Tip&gt;</code> is a tag</p>"},
      {"```\n<Tip>\n```", "<div class=\"code\"><pre tabindex=\"0\"><code>&lt;Tip&gt;\n</code></pre></div>"},
  });
}

TEST(PageComponent, Options) {
  const std::string_view tabs =
      "<doc-tabs data-group=\"use\"><doc-tab data-name=\"Flux.1 dev\"><p class=\"tab-title\">Flux.1 dev</p><p>a</p>"
      "</doc-tab><doc-tab data-name=\"B\"><p class=\"tab-title\">B</p><p>b</p></doc-tab></doc-tabs>";
  expect_html({
      {"<hfoptions id=\"use\">\n<hfoption id=\"Flux.1 dev\">\n\na\n\n</hfoption>\n<hfoption "
       "id=\"B\">\n\nb\n\n</hfoption>\n</hfoptions>",
       tabs},
      {"<hfoptions id=\"use\"><hfoption id=\"Flux.1 dev\">a</hfoption><hfoption id=\"B\">b</hfoption></hfoptions>",
       tabs},
      {"<frameworkcontent>\n<pt>\na\n</pt>\n<tf>\nb\n</tf>\n<jax>\nc\n</jax>\n</frameworkcontent>",
       "<doc-tabs data-group=\"framework\"><doc-tab data-name=\"PyTorch\"><p class=\"tab-title\">PyTorch</p><p>a</p>"
       "</doc-tab><doc-tab data-name=\"TensorFlow\"><p class=\"tab-title\">TensorFlow</p><p>b</p></doc-tab>"
       "<doc-tab data-name=\"JAX\"><p class=\"tab-title\">JAX</p><p>c</p></doc-tab></doc-tabs>"},
      {"<frameworkcontent><flax>c</flax></frameworkcontent>",
       "<doc-tabs data-group=\"framework\"><doc-tab data-name=\"JAX\"><p class=\"tab-title\">JAX</p><p>c</p></doc-tab>"
       "</doc-tabs>"},
      {"<hfoptions id=\"\\\"><script>\">", "<doc-tabs data-group=\"\\\"></doc-tabs>"},
  });
}

TEST(PageComponent, OfHuggingFacesOwnPages) {
  expect_html({
      {"<Youtube id=\"abc\"/>", "<p><a href=\"https://www.youtube.com/watch?v=abc\">Watch the video</a></p>"},
      {"<Tip><Question>a</Question></Tip>",
       "<doc-note class=\"alert tip\" role=\"note\"><p class=\"alert-title\">Tip</p><p>a</p></doc-note>"},
      {"<PipelineTag pipeline=\"text\"/>\n\na", "<p>a</p>"},
      {"<CourseFloatingBanner chapter={1} />\n\na", "<p>a</p>"},
  });
}

TEST(PageComponent, Unclosed) {
  expect_findings({
      {"<Tip>\n\na", {"1: unclosed-component"}},
      {"<Question>\n\na\n\n</Question>", {}},
      {"a\n\n</Tip>", {"3: unclosed-component"}},
      {"<hfoptions id=\"g\">\n<hfoption id=\"x\">\n\na\n\n</hfoptions>", {}},
  });
  EXPECT_EQ(rendered("<Tip>\n\na").html,
            "<doc-note class=\"alert tip\" role=\"note\"><p class=\"alert-title\">Tip</p><p>a</p></doc-note>");
}

TEST(PageComponent, Colab) {
  const std::string html = rendered("[[open-in-colab]]").html;
  EXPECT_TRUE(
      html.starts_with("<details class=\"menu notebooks\"><summary>Open in Colab</summary><ul><li><a "
                       "href=\"https://colab.research.google.com/github/huggingface/notebooks/blob/main/"
                       "lib_doc/en/start.ipynb\">Colab (Mixed)</a></li>"))
      << html;
  std::size_t links = 0;
  for (std::size_t at = html.find("<a "); at != std::string::npos; at = html.find("<a ", at + 1)) ++links;
  EXPECT_EQ(links, 6U);
  EXPECT_NE(html.find("studiolab.sagemaker.aws/import/github/huggingface/notebooks/blob/main/lib_doc/en/tensorflow/"
                      "start.ipynb"),
            std::string::npos);
  EXPECT_EQ(rendered("Write `[[open-in-colab]]`.").html, "<p>Write <code>[[open-in-colab]]</code>.</p>");
}

}  // namespace
}  // namespace veneer::docs
