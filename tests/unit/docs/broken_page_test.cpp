#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "small_library.h"

namespace veneer::docs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Strictness = BuildOptions::Strictness;

const std::string kBroken = "# Other\n\n[[autodoc]] lib.Nothing\n";

TEST(BrokenPage, TheOtherPagesAreBuilt) {
  SmallLibrary library(Files{{"docs/guide/other.md", kBroken}});
  const BuildResult result = library.build();
  EXPECT_FALSE(result.ok(Strictness::lenient));
  EXPECT_THAT(result.failed, ElementsAre("guide/other"));
  EXPECT_THAT(lines_of(result.findings),
              ElementsAre(HasSubstr("docs/guide/other.md:3: error: [[autodoc]]: no `lib.Nothing` in the sources")));
  EXPECT_THAT(library.page("index.html"), HasSubstr("lib.Model"));
}

TEST(BrokenPage, TheLastGoodSiteStaysUntilThePageIsMended) {
  SmallLibrary library(Files{});
  ASSERT_TRUE(library.build().ok(Strictness::strict));
  const std::string good = library.page("guide/other.html");
  library.write("docs/guide/other.md", kBroken);
  library.write("docs/index.md", "# Another start\n");
  const BuildResult broken = library.build();
  EXPECT_EQ(broken.site, library.site().string() + ".failed");
  EXPECT_EQ(library.page("guide/other.html"), good);
  EXPECT_THAT(library.page("index.html"), HasSubstr("A model."));
  EXPECT_THAT(read_text_file(broken.site / "index.html"), HasSubstr("Another start"));
  library.write("docs/guide/other.md", "# Other, mended\n");
  const BuildResult mended = library.build();
  EXPECT_TRUE(mended.ok(Strictness::strict)) << testing::PrintToString(lines_of(mended.findings));
  EXPECT_EQ(mended.site, library.site());
  EXPECT_THAT(library.page("guide/other.html"), HasSubstr("Other, mended"));
  EXPECT_THAT(library.page("index.html"), HasSubstr("Another start"));
  EXPECT_FALSE(std::filesystem::exists(broken.site)) << "the failed attempt is cleared away";
}

TEST(BrokenPage, ItIsTriedAgainWhenNothingHasChanged) {
  SmallLibrary library(Files{{"docs/guide/other.md", kBroken}});
  EXPECT_EQ(lines_of(library.build().findings), lines_of(library.build().findings));
  EXPECT_THAT(library.build().failed, ElementsAre("guide/other"));
}

TEST(Strict, AWarningKeepsTheOldSite) {
  SmallLibrary library(Files{});
  ASSERT_TRUE(library.build(Strictness::strict).ok(Strictness::strict));
  library.write("docs/guide/other.md", "# Other, with a warning\n\n[x](nowhere)\n");
  const BuildResult strict = library.build(Strictness::strict);
  EXPECT_FALSE(strict.ok(Strictness::strict));
  EXPECT_THAT(strict.failed, IsEmpty());
  EXPECT_THAT(lines_of(strict.findings), ElementsAre(HasSubstr("[broken-link]")));
  EXPECT_THAT(library.page("guide/other.html"), HasSubstr("First steps"));
  EXPECT_TRUE(library.build(Strictness::lenient).ok(Strictness::lenient));
  EXPECT_THAT(library.page("guide/other.html"), HasSubstr("Other, with a warning"));
}

TEST(Findings, EachHasALineAndASuggestion) {
  const SmallLibrary library(
      Files{{"docs/_toctree.yml", "- local: index\n- title: Part\n  sections:\n    - local: gone\n      title: Gone\n"},
            {"docs/_redirects.yml", "a: b\n"},
            {"docs/guide/other.md", R"(# Other

### Too deep

<include>{"path": "none.md"}</include>

<script>x</script> <p onclick="x">y</p> [z](javascript:x) $$\frac{1$$

<Tip>

[`Nothing`] ![](x.png) [[moved: x]]

[[autodoc]] lib.Nothing

```jsn
)"},
            {"src/lib/models.py", R"(class Model:
    """A model with ``:class:`X` ``, :obj:`X`.

    Returns:
    """
def f(:
)"}});
  const Findings findings = library.check().findings;
  EXPECT_GE(findings.size(), 12u);
  for (const Finding& finding : findings) {
    EXPECT_GT(finding.where.line, 0) << to_string(finding);
    EXPECT_NE(finding.suggestion, "") << to_string(finding);
    EXPECT_NE(finding.rule, "") << to_string(finding);
  }
}

}  // namespace
}  // namespace veneer::docs
