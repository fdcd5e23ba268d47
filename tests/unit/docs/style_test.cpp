#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"
#include "docs/style/code_format.h"
#include "docs/style/style_file.h"
#include "docs/style/wrap.h"

namespace veneer::docs {
namespace {

std::string as_it_is(std::string_view code, std::string_view, std::size_t, std::size_t) {
  return std::string(code);
}

std::string wrap(std::string_view text, std::size_t width) {
  return wrap_text(text, {.width = width}, as_it_is);
}

// Joins "(\n" with what follows: enough of a formatter to see what it was given.
std::string joining(std::string_view code, std::size_t width) {
  if (code.find("broken") != std::string_view::npos) fail(ErrorCode::corrupt_file, "cannot parse");
  std::string out(code);
  for (std::size_t at = 0; (at = out.find("(\n", at)) != std::string::npos;) {
    const std::size_t end = out.find_first_not_of(" \n", at + 1);
    out.erase(at + 1, end - at - 1);
  }
  for (std::size_t at = 0; (at = out.find("WIDTH", at)) != std::string::npos;)
    out.replace(at, 5, std::to_string(width));
  return out;
}

std::string styled(StyledKind kind, std::string_view text, std::size_t max_len = 40) {
  StyleOptions options;
  options.max_len = max_len;
  options.python = joining;
  const StyledText result = style_text(kind, text, "file", options);
  EXPECT_TRUE(result.findings.empty());
  return result.text;
}

TEST(Wrap, FillsParagraphs) {
  EXPECT_EQ(wrap("one two\nthree four five\n\nsix\n", 14), "one two three\nfour five\n\nsix\n");
  EXPECT_EQ(wrap("  one two\n  three\nfour\n", 12), "  one two\n  three\nfour\n");  // the indentation parts them
  EXPECT_EQ(wrap("éé éé éé", 8), "éé éé éé");                                       // characters, not bytes
  EXPECT_EQ(wrap("averyverylongword b", 5), "averyverylongword\nb");
}

TEST(Wrap, ListsHang) {
  EXPECT_EQ(wrap("- one two three\n- four\n  five\n1. six seven\n", 10),
            "- one two\n  three\n- four\n  five\n1. six\n   seven\n");
}

TEST(Wrap, NoWordBeginsSomethingNew) {
  EXPECT_EQ(wrap("aaaa bbbb - cc", 9), "aaaa\nbbbb - cc");
  EXPECT_EQ(wrap("aaaa bbbb 2020. c", 10), "aaaa\nbbbb 2020.\nc");
  EXPECT_EQ(wrap("aaaa bbbb # c", 9), "aaaa\nbbbb # c");
}

TEST(Wrap, Parameters) {
  EXPECT_EQ(wrap("Text.\n  Args:\n\n    x (`int`):\n      The text of it\n      is long.\n    y (`int`): short\n"
                 "    z (`int`): longer than a line\n",
                 30),
            "Text.\n\n  Args:\n    x (`int`):\n      The text of it is long.\n    y (`int`): short\n    z (`int`):\n"
            "        longer than a line\n");
}

TEST(Wrap, WhatLineBreaksMeanSomethingFor) {
  for (const std::string_view text :
       {"# a b c\nd\n", "| a | b |\n|---|---|\n", "a | b\n--|--\nc | d\n", "> a b\n> c\n", ">>> a\nb c\nd e\n\n",
        "$$\na\nb\n$$\n", "@code\n a\nb\n@endcode\n", "a::\n\n   b\n   c\n\n", "a  \nb\n", "a\\\nb\n",
        "```\na\n  b\n```\n", "<div>\n</div>\n", "- ```py\n  a\n  b\n  ```\n"})
    EXPECT_EQ(wrap(text, 80), text);
  EXPECT_EQ(wrap("a\n<Tip>\nb\n</Tip>\nc\n", 80), "a\n\n<Tip>\n\nb\n\n</Tip>\n\nc\n");
}

TEST(Wrap, UnclosedFence) {
  try {
    wrap("a\n```py\nb\n", 80);
    FAIL() << "expected an error";
  } catch (const UnclosedFence& fence) {
    EXPECT_EQ(fence.line, 2u);
  }
}

TEST(Style, PythonDocstrings) {
  EXPECT_EQ(styled(StyledKind::python,
                   "def f():\n    \"\"\"A text that is longer than the forty characters of a line.\"\"\"\n"
                   "    x = \"\"\"left\n    alone\"\"\"\n"),
            "def f():\n    \"\"\"A text that is longer than the\n    forty characters of a line.\"\"\"\n"
            "    x = \"\"\"left\n    alone\"\"\"\n");
  // The closing quotes must fit, too.
  EXPECT_EQ(styled(StyledKind::python, "\"\"\"abcdefghijkl abcdefghijkl abcdefghij\"\"\"\n"),
            "\"\"\"abcdefghijkl abcdefghijkl\nabcdefghij\"\"\"\n");
  EXPECT_EQ(styled(StyledKind::python, "X_DOC = \"\"\"\na\nb\n\"\"\"\nY = \"\"\"\na\nb\n\"\"\"\n"),
            "X_DOC = \"\"\"\na b\n\"\"\"\nY = \"\"\"\na\nb\n\"\"\"\n");
  EXPECT_EQ(styled(StyledKind::python, "# docstyle-ignore\n\"\"\"\na\nb\n\"\"\"\n"),
            "# docstyle-ignore\n\"\"\"\na\nb\n\"\"\"\n");
  EXPECT_EQ(styled(StyledKind::python, "# \"\"\" in a comment\ns = '\"\"\"'\nf(\n    \"\"\"a\nb\"\"\")\n"),
            "# \"\"\" in a comment\ns = '\"\"\"'\nf(\n    \"\"\"a\nb\"\"\")\n");
}

TEST(Style, CppComments) {
  EXPECT_EQ(styled(StyledKind::cpp, "  /// one two three four five six seven eight\n  /// nine\n  int x;  /// a\n"),
            "  /// one two three four five six seven\n  /// eight nine\n  int x;  /// a\n");
  EXPECT_EQ(styled(StyledKind::cpp, "/**\n * one two three four five six seven eight nine\n * ten\n */\n"),
            "/**\n * one two three four five six seven\n * eight nine ten\n */\n");
  EXPECT_EQ(styled(StyledKind::cpp, "/** one\n * two */\n/* left\n alone */\n"),
            "/** one two */\n/* left\n alone */\n");
}

TEST(Style, CodeSamples) {
  EXPECT_EQ(styled(StyledKind::markdown, "a\nb\n  ```py\n  f(\n    WIDTH)\n  ```\n```text\ng(\nx)\n```\n"),
            "a\nb\n  ```py\n  f(38)\n  ```\n```text\ng(\nx)\n```\n");
  EXPECT_EQ(styled(StyledKind::markdown, "<!-- docstyle-ignore -->\n```py\nf(\nx)\n```\n"),
            "<!-- docstyle-ignore -->\n```py\nf(\nx)\n```\n");
  EXPECT_EQ(styled(StyledKind::markdown, "a\r\n"), "a\n");
  StyleOptions options;
  options.python = joining;
  const StyledText bad = style_text(StyledKind::markdown, "a\n```py\nbroken\n```\n", "page.md", options);
  ASSERT_EQ(bad.findings.size(), 1u);
  EXPECT_EQ(bad.findings[0].where, (SourcePosition{"page.md", 2}));
  EXPECT_EQ(bad.text, "a\n```py\nbroken\n```\n");
}

TEST(Style, Sessions) {
  EXPECT_EQ(format_python_sample("    >>> f(\n    ...     WIDTH)\n    1\n    >>> if x:\n    ...     y\n", 50, joining),
            ">>> f(46)\n1\n>>> if x:\n...     y\n");
  EXPECT_EQ(format_python_sample(">>> s = '''a\n... b'''\n>>> @d\n... def g(): pass\n", 50, joining),
            ">>> s = '''a\n... b'''\n>>> @d\n... def g(): pass\n");
  EXPECT_EQ(format_python_sample("x = {name}(\n1)\n", 50, joining, {{"{name}", "Name"}}), "x = {name}(1)\n");
}

TEST(Style, ProcessesGetTheirInput) {
  const std::string long_text(300000, 'x');
  EXPECT_EQ(run_process({"cat"}, long_text).output, long_text);
  EXPECT_EQ(run_process({"sh", "-c", "echo no >&2; exit 3"}, long_text).status, 3);
  EXPECT_THROW((void)run_process({"no-such-program-here"}, ""), Error);
}

}  // namespace
}  // namespace veneer::docs
