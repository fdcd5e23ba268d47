#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "docs/check/python_sample.h"
#include "docs/check/report.h"
#include "small_library.h"

namespace veneer::docs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What is found in the two pages with these files changed.
std::vector<std::string> found(const Files& changed) {
  return lines_of(SmallLibrary(changed).check().findings);
}

// What is found in docs/guide/other.md, of which this is the text below the title: it begins in line 3.
std::vector<std::string> found_in(const std::string& text) {
  return found({{"docs/guide/other.md", "# Other\n\n" + text}});
}

std::vector<std::string> found_in_sample(const std::string& language, const std::string& code) {
  return found_in("```" + language + "\n" + code + "```\n");
}

TEST(Check, NothingIsWrongWithAGoodLibrary) {
  const SmallLibrary library(Files{{"docs/guide/other.md", R"(# Other

[`Model`] and [`~lib.Model`], [start](../index.md), [itself](#other), ![a cat](../images/cat.png)
<img src="../images/cat.png" alt=""> [elsewhere](https://example.com/x#y)
)"}});
  const BuildResult result = library.check();
  EXPECT_THAT(lines_of(result.findings), IsEmpty());
  EXPECT_EQ(result.pages, 2u);
  EXPECT_FALSE(std::filesystem::exists(library.site())) << "a check writes nothing";
}

TEST(Check, Links) {
  EXPECT_THAT(found_in("a word\n[x](../indx.md) and\n\n- [y](../indx)\n- [z](nowhere/at-all)\n"),
              ElementsAre("docs/guide/other.md:4: warning: the link `../indx.md` leads to no page or file "
                          "[broken-link]; did you mean `../index.md`?",
                          "docs/guide/other.md:6: warning: the link `../indx` leads to no page or file "
                          "[broken-link]; did you mean `../index`?",
                          "docs/guide/other.md:7: warning: the link `nowhere/at-all` leads to no page or file "
                          "[broken-link]; there is no `guide/nowhere/at-all` among the pages"));
  EXPECT_THAT(found_in("text\n[x]()\n"), ElementsAre("docs/guide/other.md:4: warning: the link has no address "
                                                     "[broken-link]; write one between the parentheses"));
  EXPECT_THAT(found_in("<a href=\"../indx\">x</a>\n"),
              ElementsAre("docs/guide/other.md:3: warning: the link `../indx` leads to no page or file [broken-link]; "
                          "did you mean `../index`?"));
}

// A page that has moved to another folder keeps its name.
TEST(Check, APageOfTheSameNameElsewhereIsSuggested) {
  EXPECT_THAT(found({{"docs/index.md", "# Start\n\n[x](api/models/other)\n"}}),
              ElementsAre("docs/index.md:3: warning: the link `api/models/other` leads to no page or file "
                          "[broken-link]; did you mean `guide/other`?"));
}

TEST(Check, Anchors) {
  EXPECT_THAT(found({{"docs/index.md", "# Start\n\n[x](guide/other#frist-steps)\n[y](#strat)\n[z](#zzzzzzzz)\n"}}),
              ElementsAre("docs/index.md:3: warning: `guide/other` has no anchor `frist-steps` [broken-anchor]; did "
                          "you mean `#first-steps`?",
                          "docs/index.md:4: warning: `index` has no anchor `strat` [broken-anchor]; did you mean "
                          "`#start`?",
                          "docs/index.md:5: warning: `index` has no anchor `zzzzzzzz` [broken-anchor]; give the "
                          "heading that is meant this anchor: [[zzzzzzzz]]"));
}

TEST(Check, AnchorsOfDocumentedObjects) {
  EXPECT_THAT(found_in("[x](../index#lib.Model)\n[y](../index#lib.Modle)\n"),
              ElementsAre("docs/guide/other.md:4: warning: `index` has no anchor `lib.Modle` [broken-anchor]; did you "
                          "mean `#lib.Model`?"));
}

TEST(Check, Images) {
  EXPECT_THAT(found_in("a\n![a cat](../images/cot.png)\n![](../images/cat.png)\n<img src=\"../images/cat.png\">\n"),
              ElementsAre("docs/guide/other.md:4: warning: the image `../images/cot.png` is no file of this site "
                          "[missing-image]; did you mean `../images/cat.png`?",
                          "docs/guide/other.md:5: warning: the image ../images/cat.png has no text for those who "
                          "cannot see it [missing-alt]; write it between the brackets: ![what it shows](...)",
                          "docs/guide/other.md:6: warning: the image ../images/cat.png has no text for those who "
                          "cannot see it [missing-alt]; add alt=\"what it shows\""));
}

TEST(Check, Symbols) {
  EXPECT_THAT(found_in("a [`Model`],\na [`lib.Modle`],\na [`Small`],\na [`Quux`]\n"),
              ElementsAre("docs/guide/other.md:4: warning: `lib.Modle` is unknown [unknown-reference]; did you mean "
                          "`lib.Model`?",
                          "docs/guide/other.md:5: warning: `Small` is on no page [undocumented-reference]; document "
                          "it with [[autodoc]], or write it as code",
                          "docs/guide/other.md:6: warning: `Quux` is unknown [unknown-reference]; write it as code: "
                          "`Quux`"));
  EXPECT_THAT(found_in("[[autodoc]] lib.Smal\n"),
              ElementsAre("docs/guide/other.md:3: error: [[autodoc]]: no `lib.Smal` in the sources [unknown-object]; "
                          "did you mean `lib.Small`?"));
}

TEST(Check, TheToctree) {
  EXPECT_THAT(found({{"docs/_toctree.yml",
                      "- local: index\n  title: Start\n- local: guide/othr\n  title: Other\n- local: index\n"
                      "  title: Again\n"}}),
              ElementsAre("docs/_toctree.yml:3: error: there is no page `guide/othr` [missing-page]; did you mean "
                          "`guide/other`?",
                          "docs/guide/other.md:1: error: the page `guide/other` is not in docs/_toctree.yml "
                          "[unlisted-page]; add `- local: guide/other` with a title"));
}

TEST(Check, IdsThatArePlacedTwice) {
  EXPECT_THAT(found_in("## Use\n\n## Use\n\n<a id=\"other\"></a>\n"),
              ElementsAre("docs/guide/other.md:5: warning: the anchor `use` is used twice on this page [duplicate-id]; "
                          "give this heading one of its own: [[use-2]]",
                          "docs/guide/other.md:7: warning: the anchor `other` is used twice on this page "
                          "[duplicate-id]; choose another id, or remove this one"));
}

// md4c takes a heading or a fence after a table for more of its rows.
TEST(Check, AHeadingAfterATableHasAnAnchor) {
  EXPECT_THAT(found_in("[x](#after)\n\n| a |\n|---|\n| 1 |\n## After\n\n| a |\n|---|\n```json\n{}\n```\n"), IsEmpty());
}

TEST(Check, CodeBlocks) {
  EXPECT_THAT(found_in("text\n```pyhton\nx\n```\n"),
              ElementsAre("docs/guide/other.md:4: warning: `pyhton` is no language known here [unknown-language]; did "
                          "you mean `python`?"));
  EXPECT_THAT(found_in_sample("qwertzuiop", "x\n"),
              ElementsAre("docs/guide/other.md:3: warning: `qwertzuiop` is no language known here [unknown-language]; "
                          "did you mean `text`?"));
  EXPECT_THAT(found_in_sample("java", "class A {}\n"), IsEmpty());
  EXPECT_THAT(found_in("```text\nx\n"),
              ElementsAre("docs/guide/other.md:3: warning: a code fence is never closed [unclosed-fence]; end the "
                          "block with ``` on its own line"));
}

TEST(Check, SamplesThatDoNotParse) {
  const std::string suggestion = " [bad-sample]; correct it, or say what it is where the block begins: ```text";
  EXPECT_THAT(found_in_sample("py", "import os\n\nf(1 2)\n"),
              ElementsAre("docs/guide/other.md:6: warning: this is not valid Python: `f(1 2)`" + suggestion));
  EXPECT_THAT(found_in_sample("json", "{\n  \"a\": 1,\n  \"b\" 2\n}\n"),
              ElementsAre("docs/guide/other.md:6: warning: this is not valid JSON: `\"b\" 2`" + suggestion));
  EXPECT_THAT(found_in_sample("yaml", "a: 1\nb: [1\nc: 2\n"),
              ElementsAre("docs/guide/other.md:6: warning: this is not valid YAML: `c: 2`" + suggestion));
}

TEST(Check, SamplesOfDocstrings) {
  EXPECT_THAT(found({{"src/lib/models.py",
                      "class Model:\n    \"\"\"A model.\n\n    ```py\n    f(1 2)\n    ```\n"
                      "    \"\"\"\nclass Small(Model): pass\n"}}),
              ElementsAre(testing::StartsWith("src/lib/models.py:5: warning: this is not valid Python: `f(1 2)`")));
}

TEST(Check, LinksOfDocstringsHaveTheirOwnLines) {
  EXPECT_THAT(found({{"src/lib/models.py", R"(class Model:
    """A model.

    Args:
        width (`int`):
            See
            [x](nowhere).

    Returns:
        `int`:
            or [y](nowhere)
    """
    def __init__(self, width): pass
class Small(Model): pass
)"}}),
              ElementsAre(testing::StartsWith("src/lib/models.py:7: warning: the link `nowhere`"),
                          testing::StartsWith("src/lib/models.py:11: warning: the link `nowhere`")));
}

// An example that a decorator puts into a docstring is found where it is written.
TEST(Check, ExamplesOfAConstantHaveTheirOwnLines) {
  EXPECT_THAT(found({{"src/lib/models.py", R"(EXAMPLE = """
    Example:
    ```py
    >>> f(1 2)
    ```
"""
class Model:
    "A model."
    @replace_example_docstring(EXAMPLE)
    def run(self, x):
        """Runs.

        Examples:

        [`Nothing`] follows.
        """
class Small(Model): pass
)"}}),
              ElementsAre(testing::StartsWith("src/lib/models.py:4: warning: this is not valid Python: `>>> f(1 2)`"),
                          testing::StartsWith("src/lib/models.py:15: warning: `Nothing` is unknown")));
}

TEST(PythonSample, WhatDocumentationShowsIsPython) {
  for (const char* code :
       {"", "x = 1\n", "    indented = True\n", "async with a as b:\n    await b\n", ">>> f(1)\noutput, of any kind)\n",
        ">>> for x in y:\n...     f(x)\n...\n>>> g()\n", "!pip install lib\nimport lib\n", "%time f()\n",
        "  %%capture\n  x = 1\n", "def f(a, /, *, b: int = 3) -> str: ...\n", "print(f\"{x!r:>10}\")\n",
        "match x:\n    case [1, *rest]:\n        pass\n", "x = ...\n", "pipe(\n    prompt,\n    ...\n)\n"})
    EXPECT_EQ(first_bad_python_line(code), std::nullopt) << code;
}

TEST(PythonSample, TheLineOfTheFirstMistake) {
  EXPECT_EQ(first_bad_python_line("x = 1\ny = = 2\nz = 3\n"), 2);
  EXPECT_EQ(first_bad_python_line("from a importb\n"), 1);
  EXPECT_EQ(first_bad_python_line(">>> x = 1\n1\n>>> f(1 2)\n"), 3);
  EXPECT_EQ(first_bad_python_line("pip install lib\n"), 1);
}

TEST(CheckReport, OneLineAFindingAndASummary) {
  const Findings findings{finding_at({"a.md", 3}, Severity::warning, "broken-link", "no page `b`", "did you mean `c`?"),
                          finding_at({"a.md", 0}, Severity::error, "broken-link", "no page `d`")};
  EXPECT_EQ(text_report(findings, 2),
            "a.md:3: warning: no page `b` [broken-link]; did you mean `c`?\n"
            "a.md: error: no page `d` [broken-link]\n"
            "2 pages checked: 2 findings (2 broken-link)\n");
  EXPECT_EQ(text_report({}, 1), "1 page checked: 0 findings\n");
}

TEST(CheckReport, Json) {
  const Findings findings{finding_at({"a.md", 3}, Severity::warning, "broken-link", "no \"b\"", "did you mean `c`?"),
                          finding_at({"\xFF.md", 1}, Severity::error, "bad-move", "x")};
  EXPECT_EQ(Json::parse(json_report(findings, 2)), Json::parse(R"({
    "pages": 2,
    "counts": {"broken-link": 1, "bad-move": 1},
    "findings": [
      {"file": "a.md", "line": 3, "severity": "warning", "rule": "broken-link", "message": "no \"b\"",
       "suggestion": "did you mean `c`?"},
      {"file": "\uFFFD.md", "line": 1, "severity": "error", "rule": "bad-move", "message": "x", "suggestion": ""}
    ]})"));
  EXPECT_EQ(Json::parse(json_report({}, 1)), Json::parse(R"({"pages": 1, "counts": {}, "findings": []})"));
}

}  // namespace
}  // namespace veneer::docs
