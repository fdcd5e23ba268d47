// Docstrings that are not written in Google's style, and Google's sections beyond parameters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docs/symbols/docstring.h"

namespace veneer::docs {
namespace {

using testing::ElementsAre;

// "name|head|text" of each entry, and the same of results, errors and the body.
std::vector<std::string> parts(const Docstring& doc) {
  std::vector<std::string> all;
  const auto entry = [](const DocEntry& one) { return one.name + "|" + one.head + "|" + one.text; };
  for (const DocGroup& group : doc.parameters)
    for (const DocEntry& one : group.entries) all.push_back((group.attributes ? "attribute " : "") + entry(one));
  for (const auto& [title, result] : {std::pair("returns ", doc.returns), std::pair("yields ", doc.yields)}) {
    if (!result) continue;
    for (const DocEntry& one : result->values) all.push_back(title + entry(one));
    if (result->values.empty()) all.push_back(title + result->type + "|" + result->text);
  }
  for (const auto& [title, list] :
       {std::pair("raises ", doc.raises), std::pair("warns ", doc.warns), std::pair("see ", doc.see_also)})
    for (const DocRaise& one : list) all.push_back(title + one.type + "|" + one.text);
  for (const DocBlock& block : doc.body) all.push_back((block.example > 0 ? "example " : "body ") + block.markdown);
  for (const Finding& finding : doc.findings) all.push_back(finding.rule + ":" + std::to_string(finding.where.line));
  return all;
}

std::vector<std::string> parts(std::string_view text) {
  return parts(parse_docstring(text, {"a.py", 10}));
}

TEST(DocstringForms, GoogleSections) {
  EXPECT_THAT(parts("Returns:\n    a (int): one\n    b (`str`): two\n        more\n"),
              ElementsAre("returns a|(int)|one", "returns b|(`str`)|two\nmore"));
  EXPECT_THAT(parts("Yields:\n    `int`: one\n    and more\n"), ElementsAre("yields `int`|one\nand more"));
  EXPECT_THAT(parts("Warns:\n    UserWarning: slow\n\nSee Also:\n    walk: more\n    b.c\n"),
              ElementsAre("warns UserWarning|slow", "see walk|more", "see b.c|"));
  EXPECT_THAT(parts("A.\n\nNote:\n    Is\n\n    - b\n\nWarnings:\n    Or not.\n\nNote: no section.\n"),
              ElementsAre("body A.\n\n> [!NOTE]\n> Is\n> \n> - b\n\n> [!WARNING]\n> Or not.\n\nNote: no section."));
  EXPECT_THAT(parts("References:\n    [1] A\n    book\n    .. [2] B\n"),
              ElementsAre("body **References**\n\n- [1] A\n  book\n- [2] B"));
  EXPECT_THAT(parts("Keyword Args:\n    a: b\n\nAttributes:\n    c: d\n"), ElementsAre("a||b", "attribute c||d"));
  EXPECT_THAT(parts("See also:\n- x\n"), ElementsAre("body See also:\n- x"));
}

TEST(DocstringForms, SessionsWithoutAFence) {
  EXPECT_THAT(
      parts("A.\n\nExample:\n\n    >>> f(\n    ...     1)\n    2\n\n    >>> g()\n\n    Text.\n"),
      ElementsAre("body A.", "example Example:\n\n```python\n>>> f(\n...     1)\n2\n\n>>> g()\n```", "body Text."));
  EXPECT_THAT(parts("```py\n>>> f()\n```\n"), ElementsAre("example ```py\n>>> f()\n```"));
}

TEST(DocstringForms, ReStructuredTextsFields) {
  EXPECT_THAT(parts(R"(A.

    :param a: one
        more
    :type a: int
    :param str b: two
    :keyword c: three
    :returns: a sum
    :rtype: int
    :raises ValueError: never
    :raise b.C: or so
)"),
              ElementsAre("a|(`int`)|one\nmore", "b|(`str`)|two", "c||three", "returns `int`|a sum",
                          "raises ValueError|never", "raises b.C|or so", "body A."));
  EXPECT_THAT(parts(":rtype: int\n"), ElementsAre("returns `int`|"));
  EXPECT_THAT(parts(":yields: x\n:other: y\n"), ElementsAre("yields |x", "body :other: y"));
}

TEST(DocstringForms, Directives) {
  EXPECT_THAT(parts("A.\n\n.. note:: One\n    two.\n\n.. warning::\n\n    Three.\n"),
              ElementsAre("body A.\n\n> [!NOTE]\n> One\n> two.\n\n\n> [!WARNING]\n> Three."));
  EXPECT_THAT(parts(".. code-block:: cpp\n    :linenos:\n\n    int x;\n\n        y\n\nText."),
              ElementsAre("example ```cpp\nint x;\n\n    y\n```", "body Text."));
  EXPECT_THAT(parts("A\n.. deprecated:: 1.2\n    Use b.\n"),
              ElementsAre("body A\n\n<Deprecated version=\"1.2\">\n\nUse b.\n\n</Deprecated>"));
  EXPECT_THAT(parts(".. math:: x^2\n\n.. image:: a.png\n    :alt: B\n\n.. a comment\n\n.. rubric:: C\n"),
              ElementsAre("body $$\nx^2\n$$\n\n\n![B](a.png)\n\n\n\n\n**C**"));
  EXPECT_THAT(parts("A.\n\n.. plot:: b\n"), ElementsAre("body A.\n\n.. plot:: b", "rst-directive:12"));
  EXPECT_THAT(parts("```\n.. note:: a\n```"), ElementsAre("example ```\n.. note:: a\n```"));
}

TEST(DocstringForms, NumpysSections) {
  EXPECT_THAT(parts(R"(A.

    Parameters
    ----------
    a : int, optional
        First.
    b, c : {'x', 'y'}, default 'x'
        Both.
    *args
        More.

    Returns
    -------
    total : int
        The sum.
    float
        The rest.

    Raises
    ------
    ValueError
        If bad.

    See Also
    --------
    other.f : does it, too

    Notes
    -----
    Some.

    Examples
    --------
    >>> f()
    1
)"),
              ElementsAre("a|(`int`, *optional*)|First.", "b, c|(`{'x', 'y'}`, *optional*, defaults to `'x'`)|Both.",
                          "*args||More.", "returns total|(`int`)|The sum.", "returns float||The rest.",
                          "raises ValueError|If bad.", "see other.f|does it, too", "body A.", "body **Notes**\n\nSome.",
                          "example Examples:\n```python\n>>> f()\n1\n```"));
  EXPECT_THAT(parts("Returns\n-------\nint\n    One.\n"), ElementsAre("returns `int`|One."));
  EXPECT_THAT(parts("Returns\n-------\nThe sum of all.\n"), ElementsAre("returns |The sum of all."));
  EXPECT_THAT(parts("Title\n-----\ntext\n"), ElementsAre("body Title\n-----\ntext")) << "a heading";
}

}  // namespace
}  // namespace veneer::docs
