#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "small_library.h"

namespace veneer::docs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> found(const Files& changed) {
  return lines_of(SmallLibrary(changed).check().findings);
}

TEST(Moved, AnOldAnchorLeadsToAnotherPage) {
  SmallLibrary library(Files{{"docs/index.md", "# Start\n\n[[moved: install -> guide/other#first-steps]]\n"},
                             {"docs/guide/other.md", "# Other\n\n## First steps\n\n[old](../index#install)\n"}});
  EXPECT_THAT(lines_of(library.build().findings), IsEmpty());
  EXPECT_THAT(library.page("index.html"),
              HasSubstr("<a id=\"install\" href=\"guide/other.html#first-steps\" data-moved>install has moved</a>"));
  EXPECT_THAT(library.page("guide/other.html"), HasSubstr("href=\"../index.html#install\""));
}

TEST(Moved, WithinAPageTheTargetMayLackItsMark) {
  SmallLibrary library(
      Files{{"docs/guide/other.md",
             "# Other\n\n## First steps\n\n[[moved: #old -> first-steps]]\n\n[[moved: older -> old]]\n"}});
  EXPECT_THAT(lines_of(library.build().findings), IsEmpty());
  const std::string page = library.page("guide/other.html");
  EXPECT_THAT(page, HasSubstr("<a id=\"old\" href=\"#first-steps\" data-moved>"));
  EXPECT_THAT(page, HasSubstr("<a id=\"older\" href=\"#old\" data-moved>"));
}

TEST(Moved, ThePlainConvention) {
  SmallLibrary library(Files{{"docs/index.md", R"(# Start

Sections that were moved:

[ <a href="guide/other#first-steps">Install</a><a id="install"></a> ]
)"},
                             {"docs/guide/other.md", "# Other\n\n## First steps\n\n[old](../index#install)\n"}});
  EXPECT_THAT(lines_of(library.build().findings), IsEmpty());
  EXPECT_THAT(library.page("index.html"),
              HasSubstr("[ <a href=\"guide/other.html#first-steps\">Install</a><a id=\"install\"></a> ]"));
}

TEST(Moved, ATargetThatIsNotThere) {
  EXPECT_THAT(found({{"docs/guide/other.md",
                      "# Other\n\n[[moved: a -> ../indx#start]]\n\n[[moved: b -> ../index#strat]]\n\n"
                      "[[moved: c -> othr]]\n\n<a href=\"../index#strat\">D</a><a id=\"d\"></a>\n"}}),
              ElementsAre("docs/guide/other.md:3: warning: the move `../indx#start` leads to no page or file "
                          "[broken-link]; did you mean `../index`?",
                          "docs/guide/other.md:5: warning: `index` has no anchor `strat` [broken-anchor]; did you mean "
                          "`#start`?",
                          "docs/guide/other.md:7: warning: `guide/other` has no anchor `othr` [broken-anchor]; did you "
                          "mean `#other`?",
                          "docs/guide/other.md:9: warning: `index` has no anchor `strat` [broken-anchor]; did you mean "
                          "`#start`?"));
}

TEST(Moved, WhatCannotBeAMove) {
  EXPECT_THAT(found({{"docs/guide/other.md",
                      "# Other\n\n[[moved: somewhere]]\n\n[[moved: other -> ../index]]\n\n[[moved: x -> #x]]\n"}}),
              ElementsAre("docs/guide/other.md:3: warning: `[[moved: somewhere]]` names no new place [bad-move]; write "
                          "[[moved: old-anchor -> page#new-anchor]]",
                          "docs/guide/other.md:5: warning: the anchor `other` is used twice on this page "
                          "[duplicate-id]; an anchor that is in use has not moved: remove this line",
                          "docs/guide/other.md:7: warning: `[[moved: x -> #x]]` leads to itself [bad-move]; name the "
                          "place where the section is now"));
}

TEST(Redirects, LinksToOldPagesResolveAndStubsLeadOn) {
  SmallLibrary library(
      Files{{"docs/_redirects.yml", "old/page: guide/other\nolder: old/page\nout: https://example.com/x\n"},
            {"docs/index.md", "# Start\n\n[a](old/page#first-steps) [b](older) [c](old/page#frist)\n"}});
  EXPECT_THAT(lines_of(library.build().findings),
              ElementsAre(HasSubstr("docs/index.md:3: warning: `guide/other` has no anchor `frist` [broken-anchor]")));
  EXPECT_THAT(library.page("old/page.html"), HasSubstr("../guide/other.html"));
  EXPECT_THAT(library.page("older.html"), HasSubstr("guide/other.html"));
  EXPECT_THAT(library.page("out.html"), HasSubstr("https://example.com/x"));
  const std::string index = library.page("index.html");
  EXPECT_THAT(index, HasSubstr("<a href=\"guide/other.html#first-steps\">a</a>"));
  EXPECT_THAT(index, HasSubstr("<a href=\"guide/other.html\">b</a>"));
}

TEST(Redirects, ThoseThatLeadNowhereAreFindings) {
  const SmallLibrary library(
      Files{{"docs/_redirects.yml", "a: guide/othr\nb: c\nc: b\n../outside: index\nd: index\n"}});
  EXPECT_THAT(lines_of(library.check().findings),
              ElementsAre("docs/_redirects.yml:1: warning: `a: guide/othr` leads to no page [bad-redirects]; did you "
                          "mean `a: guide/other`?",
                          "docs/_redirects.yml:2: warning: `b: c` leads to no page [bad-redirects]; remove the line",
                          "docs/_redirects.yml:3: warning: `c: b` leads to no page [bad-redirects]; remove the line",
                          "docs/_redirects.yml:4: warning: `../outside` can be no page of this site [bad-redirects]; "
                          "write the old path from the folder of the pages, without extension"));
}

TEST(Redirects, AFileThatIsNoYamlIsAnError) {
  EXPECT_THAT(found({{"docs/_redirects.yml", "a: index\nb: [1\n"}}),
              ElementsAre(testing::AllOf(HasSubstr("docs/_redirects.yml:"), HasSubstr(": error: "),
                                         HasSubstr("[bad-redirects]; end it with ]"))));
}

// A page that is there wins over a redirect from its address.
TEST(Redirects, APageIsNotReplacedByAStub) {
  SmallLibrary library(Files{{"docs/_redirects.yml", "index: guide/other\n"}});
  EXPECT_TRUE(library.build().ok(BuildOptions::Strictness::lenient));
  EXPECT_THAT(library.page("index.html"), Not(HasSubstr("http-equiv=\"refresh\"")));
}

TEST(Redirects, NewLocalMovesAPage) {
  SmallLibrary library(
      Files{{"docs/_toctree.yml",
             "- local: index\n  title: Start\n- local: guide/other\n  newlocal: guide/new\n  title: New\n"},
            {"docs/index.md", "# Start\n\n[a](guide/other#first-steps)\n"}});
  EXPECT_THAT(lines_of(library.build().findings), IsEmpty());
  EXPECT_THAT(library.page("guide/other.html"), HasSubstr("http-equiv=\"refresh\""));
  EXPECT_THAT(library.page("index.html"), HasSubstr("<a href=\"guide/new.html#first-steps\">a</a>"));
}

}  // namespace
}  // namespace veneer::docs
