#include "docs/symbols/docstring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace veneer::docs {
namespace {

using testing::ElementsAre;

Docstring parse(std::string_view text) {
  return parse_docstring(text, {"a.py", 10});
}

std::vector<std::string> names(const Docstring& doc) {
  std::vector<std::string> all;
  for (const DocGroup& group : doc.parameters)
    for (const DocEntry& entry : group.entries) all.push_back(entry.name);
  return all;
}

std::vector<std::string> rules(const Docstring& doc) {
  std::vector<std::string> all;
  for (const Finding& finding : doc.findings) all.push_back(finding.rule + ":" + std::to_string(finding.where.line));
  return all;
}

TEST(Docstring, ParametersHaveNameHeadAndText) {
  const Docstring doc = parse(R"(Makes a picture.

    Args:
        prompt (`str`, *optional*, defaults to `"a:b"`):
            What to draw.

            More of it.
        steps: How many.

    After it.
)");
  ASSERT_EQ(doc.parameters.size(), 1u);
  const DocEntry& prompt = doc.parameters[0].entries.at(0);
  EXPECT_EQ(prompt.name, "prompt");
  EXPECT_EQ(prompt.head, R"((`str`, *optional*, defaults to `"a:b"`))");
  EXPECT_EQ(prompt.text, "What to draw.\n\nMore of it.");
  EXPECT_EQ(prompt.line, 13);
  const DocEntry& steps = doc.parameters[0].entries.at(1);
  EXPECT_EQ(steps.head, "");
  EXPECT_EQ(steps.text, "How many.");
  ASSERT_EQ(doc.body.size(), 2u);
  EXPECT_EQ(doc.body[0].markdown, "Makes a picture.");
  EXPECT_EQ(doc.body[1].markdown, "After it.");
  EXPECT_EQ(doc.body[1].line, 19);
  EXPECT_THAT(rules(doc), ElementsAre());
}

TEST(Docstring, EveryHeaderWordOpensParameters) {
  for (const char* word : {"Arg", "Args", "Argument", "Arguments", "Attribute", "Attributes", "Param", "Params",
                           "Parameter", "Parameters"})
    EXPECT_THAT(names(parse(std::string(word) + ":\n    x: y")), ElementsAre("x")) << word;
  EXPECT_THAT(names(parse("Args: x\n    x: y")), ElementsAre()) << "text after the colon: no header";
  EXPECT_THAT(names(parse("```\nArgs:\n    x: y\n```")), ElementsAre()) << "inside a fence";
}

TEST(Docstring, SeveralBlocksAndGroupsMerge) {
  const Docstring doc = parse(R"(
    Args:
        a: one

    Text.

    Parameters:
        b: two
        > Parameters for decoding
        c: three
)");
  ASSERT_EQ(doc.parameters.size(), 2u);
  EXPECT_EQ(doc.parameters[1].title, "Parameters for decoding");
  EXPECT_THAT(names(doc), ElementsAre("a", "b", "c"));
}

TEST(Docstring, ReturnsEndsParametersAtTheirOwnIndentation) {
  const Docstring doc = parse("Args:\n    a: one\n    Returns:\n        `int`: two");
  EXPECT_THAT(names(doc), ElementsAre("a"));
  ASSERT_TRUE(doc.returns);
  EXPECT_EQ(doc.returns->type, "`int`");
}

TEST(Docstring, StarredAndMarkedNamesArePlain) {
  EXPECT_THAT(names(parse("Args:\n  *args (`x`): a\n  **kwargs: b\n  \\*\\*more: c\n  `d`: e\n  - **f** (`int`) -- g")),
              ElementsAre("*args", "**kwargs", "**more", "d", "f"));
  EXPECT_EQ(parse("Args:\n  - **f** (`int`) -- g: h").parameters[0].entries[0].text, "g: h");
  const DocEntry both = parse("Args:\n  width, height (`int`): in pixels").parameters.at(0).entries.at(0);
  EXPECT_EQ(both.name, "width, height");
  EXPECT_EQ(both.head, "(`int`)");
  const DocEntry stuck = parse("Args:\n  f(`bool`): g").parameters.at(0).entries.at(0);
  EXPECT_EQ(stuck.name, "f");
  EXPECT_EQ(stuck.head, "(`bool`)");
}

TEST(Docstring, EntriesAtTheHeadersIndentationEndWhereProseBegins) {
  const Docstring doc = parse("Args:\na (`int`): one\nb: two\nThe rest: is a sentence with a colon.");
  EXPECT_THAT(names(doc), ElementsAre("a", "b"));
  ASSERT_EQ(doc.body.size(), 1u);
  EXPECT_EQ(doc.body[0].markdown, "The rest: is a sentence with a colon.");
}

TEST(Docstring, HeadBrokenOverLinesAndColonsInTypes) {
  const Docstring doc =
      parse("Args:\n    a (`dict[str: int]`,\n        *optional*): one\n    b (see https://x.y): two");
  EXPECT_EQ(doc.parameters[0].entries[0].head, "(`dict[str: int]`, *optional*)");
  EXPECT_EQ(doc.parameters[0].entries[0].text, "one");
  EXPECT_EQ(doc.parameters[0].entries[1].head, "(see https://x.y)");
}

TEST(Docstring, ReturnsSplitsTypeFromText) {
  const Docstring typed = parse("Returns:\n    [`X`] or `tuple`: what\n        it is.\n\n    More.");
  EXPECT_EQ(typed.returns->type, "[`X`] or `tuple`");
  EXPECT_EQ(typed.returns->text, "what\nit is.\n\nMore.");
  EXPECT_EQ(parse("Returns:\n    A picture.").returns->text, "A picture.");
  EXPECT_EQ(parse("Returns:\n    `int`").returns->type, "`int`");
  EXPECT_EQ(parse("Returns:\n    [`~a.X`] or `tuple`").returns->type, "[`~a.X`] or `tuple`");
  EXPECT_EQ(parse("Returns:\n    The `int`").returns->type, "");
  EXPECT_FALSE(parse("Returns: `int`").returns) << "one line is prose";
  EXPECT_EQ(parse("Yields:\n    `int`: x").yields->type, "`int`");
}

TEST(Docstring, RaisesListsErrors) {
  const Docstring doc =
      parse("Raises:\n    ValueError: if wrong\n    `OSError` when\n        not there\n    [`E`](http://e): no");
  ASSERT_EQ(doc.raises.size(), 3u);
  EXPECT_EQ(doc.raises[0].type, "ValueError");
  EXPECT_EQ(doc.raises[0].text, "if wrong");
  EXPECT_EQ(doc.raises[1].type, "OSError");
  EXPECT_EQ(doc.raises[1].text, "when\nnot there");
  EXPECT_EQ(doc.raises[2].type, "E");
}

TEST(Docstring, FencesAreNumberedExamplesWithTheirTitle) {
  const Docstring doc = parse(R"(Text.

    Examples:

        ```py
        >>> f(
        ...     1)
        ```

    And then:
    ```sh
    g
    ```
    Last.)");
  ASSERT_EQ(doc.body.size(), 4u);
  EXPECT_EQ(doc.body[0].example, 0);
  EXPECT_EQ(doc.body[1].example, 1);
  EXPECT_EQ(doc.body[1].markdown, "Examples:\n\n```py\n>>> f(\n...     1)\n```");
  EXPECT_EQ(doc.body[1].line, 12);
  EXPECT_EQ(doc.body[2].example, 2);
  EXPECT_EQ(doc.body[2].markdown, "And then:\n```sh\ng\n```");
  EXPECT_EQ(doc.body[3].markdown, "Last.");
}

TEST(Docstring, ListsKeepTheirNesting) {
  const Docstring doc = parse(R"(
    Two ways:
      * one
        with more
          - inner
      * two
        ```
        code
          deep
        ```
    Text.)");
  ASSERT_EQ(doc.body.size(), 1u) << "a fence of a list item is no example";
  EXPECT_EQ(doc.body[0].markdown,
            "Two ways:\n* one\n  with more\n  - inner\n* two\n  ```\n  code\n    deep\n  ```\nText.");
}

TEST(Docstring, DefectsAreFindingsWithTheirLine) {
  EXPECT_THAT(rules(parse("Returns:\n\nText.")), ElementsAre("empty-section:10"));
  EXPECT_THAT(rules(parse("Args:")), ElementsAre("empty-section:10"));
  EXPECT_THAT(rules(parse("Returns:\n    a\n\nReturns:\n    b")), ElementsAre("repeated-section:13"));
  EXPECT_THAT(rules(parse("a\n```py\nb")), ElementsAre("unclosed-fence:11"));
  EXPECT_THAT(rules(parse("see :class:`X` and :obj:`int`")), ElementsAre("rst-role:10"));
}

TEST(Docstring, RstRolesAndLiteralBlocksBecomeMarkdown) {
  const Docstring doc = parse("See :class:`X`, :obj:`int` and ``code``.\n\nExample::\n\n    >>> f()\n\nEnd.");
  ASSERT_EQ(doc.body.size(), 3u);
  EXPECT_EQ(doc.body[0].markdown, "See [`X`], `int` and ``code``.");
  EXPECT_EQ(doc.body[1].markdown, "Example:\n```python\n>>> f()\n```");
  EXPECT_EQ(doc.body[1].example, 1);
  EXPECT_EQ(doc.body[2].markdown, "End.");
}

TEST(Docstring, RstLinksBecomeMarkdown) {
  const Docstring doc = parse("See `the paper <https://a.b/c>`_ and `site <https://d.e>`__.");
  ASSERT_EQ(doc.body.size(), 1u);
  EXPECT_EQ(doc.body[0].markdown, "See [the paper](https://a.b/c) and [site](https://d.e).");
  EXPECT_THAT(rules(doc), ElementsAre("rst-link:10"));
}

TEST(Docstring, RstRolesAndLinksMayGoOnInTheNextLine) {
  const auto markdown = [](const char* text) { return parse(text).body.at(0).markdown; };
  EXPECT_EQ(markdown("the fixed :math:`z_t\nz_0` mapping"), "the fixed \\\\(z_t z_0\\\\)\nmapping");
  EXPECT_EQ(markdown("after (`arXiv 1\n<https://a.b>`_).\nMore."), "after ([arXiv 1](https://a.b)\n).\nMore.");
  EXPECT_EQ(markdown("the mapping :math:`z_t\nz_0`\nhere"), "the mapping\n\\\\(z_t z_0\\\\)\nhere");
  EXPECT_EQ(markdown("a `span\nof code` stays"), "a `span\nof code` stays");
}

TEST(Docstring, CodeInAParameterStaysWithIt) {
  const Docstring doc = parse("Args:\n    a: one\n\n        ```py\n        x = {\n    y}\n        ```\n    b: two");
  EXPECT_THAT(names(doc), ElementsAre("a", "b"));
  EXPECT_THAT(doc.parameters[0].entries[0].text, testing::StartsWith("one\n\n```py\nx = {"));
}

}  // namespace
}  // namespace veneer::docs
