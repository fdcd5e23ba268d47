// Styling twice is styling once, and words are never lost, changed or put in another order.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "docs/style/style_file.h"
#include "docs/style/wrap.h"

namespace veneer::docs {
namespace {

std::string words_of(std::string_view text) {
  std::string words;
  for (const char c : text)
    if (c != ' ' && c != '\n') words += c;
  return words;
}

const std::vector<std::string_view> kPieces{
    "word",        "a",           "(`int`):", "Args:",    "Returns:", "-",         "*",
    "1.",          "12)",         "#",        "|",        "`b c`",    "x::",       "y:",
    ">>> z",       "> quoted",    "<Tip>",    "</Tip>",   "<br>",     "$$",        "@param",
    "\\code",      "\\",          "---",      "===",      "\n",       "\n",        "\n\n",
    "\n    ",      "\n  ",        "\n      ", "\n    - ", "  \n",     "\n```py\n", "\n```\n",
    "é",           "[[autodoc]]", "a|b",      "--|--",    "..",       "@endcode",  "longerwordthanothers",
    "Parameters:", "[!TIP]",      "**bold**", "~~~"};

std::string random_text(std::mt19937& random) {
  std::string text;
  for (std::size_t n = random() % 40; n > 0; --n) {
    text += kPieces[random() % kPieces.size()];
    if (random() % 4 != 0) text += ' ';
  }
  return text;
}

TEST(StyleProperty, WrappingTwiceIsWrappingOnce) {
  const FormatCode as_it_is = [](std::string_view code, std::string_view, std::size_t, std::size_t) {
    return std::string(code);
  };
  std::mt19937 random(11);
  int wrapped = 0;
  for (int round = 0; round < 60000; ++round) {
    const std::string text = random_text(random);
    const WrapOptions options{.width = 10 + random() % 50,
                              .first_used = random() % 12,
                              .base_indent = 4 * (random() % 2),
                              .last_used = 3 * (random() % 2)};
    try {
      const std::string once = wrap_text(text, options, as_it_is);
      ASSERT_EQ(words_of(once), words_of(text)) << text;
      ASSERT_EQ(wrap_text(once, options, as_it_is), once) << "<<<" << text << ">>>";
      ++wrapped;
    } catch (const UnclosedFence&) {
    }
  }
  EXPECT_GT(wrapped, 20000);
}

TEST(StyleProperty, StylingFilesTwiceIsStylingOnce) {
  std::mt19937 random(12);
  for (int round = 0; round < 8000; ++round) {
    std::string python = "class A:\n    \"\"\"" + random_text(random) + "\"\"\"\n\n    x = 1\n";
    std::string cpp = "/** " + random_text(random) + "*/\n";
    std::string lines = random_text(random);
    for (std::size_t at = 0; (at = lines.find('\n', at)) != std::string::npos; at += 6)
      lines.replace(at, 1, "\n  /// ");
    cpp += "  /// " + lines + "\n  int x;\n";
    StyleOptions options;
    options.max_len = 20 + random() % 60;
    for (const auto& [kind, text] : {std::pair{StyledKind::python, python}, std::pair{StyledKind::cpp, cpp},
                                     std::pair{StyledKind::markdown, lines}}) {
      const std::string once = style_text(kind, text, "f", options).text;
      ASSERT_EQ(style_text(kind, once, "f", options).text, once) << "<<<" << text << ">>>";
    }
  }
}

}  // namespace
}  // namespace veneer::docs
