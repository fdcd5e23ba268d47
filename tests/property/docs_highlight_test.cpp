// Highlighting loses nothing: whatever the code and the language, the HTML's text is the code, and its only elements
// are spans that do not nest. The time it takes is linear.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "docs/highlight/highlight.h"
#include "docs/text/escape.h"

namespace veneer::docs {
namespace {

const std::vector<std::string_view> kNames{"python", "cpp",  "bash",       "console",    "diff", "json",
                                           "yaml",   "toml", "javascript", "css",        "html", "markdown",
                                           "rust",   "sql",  "cmake",      "dockerfile", "",     "text"};

// The text of the HTML; nothing if it has other markup than spans, or nested ones.
std::string text_of(std::string_view html) {
  std::string text;
  bool open = false;
  for (std::size_t at = 0; at < html.size();) {
    const std::string_view rest = html.substr(at);
    if (rest.starts_with("</span>")) {
      if (!open) return "closes what is not open";
      open = false;
      at += 7;
    } else if (rest.starts_with("<span class=\"")) {
      if (open) return "nested";
      open = true;
      at = html.find('>', at) + 1;
    } else if (rest[0] == '<' || rest[0] == '>' || rest[0] == '"') {
      return "markup";
    } else {
      text += rest[0];
      ++at;
    }
  }
  return open ? "not closed" : unescape_html(text);
}

TEST(HighlightProperty, TextIsTheCode) {
  const std::vector<std::string_view> pieces{
      "\"",   "'",        "\"\"\"", "'''",   "\\",     "\n",     " ",        "#",    "//",   "/*", "*/",
      "<",    ">",        "<!--",   "-->",   "<a ",    "</a>",   "<script>", "$",    "${",   "}",  "`",
      "```",  "**",       "- ",     "key: ", "k = ",   ">>> ",   "... ",     "$ ",   "+a",   "-b", "R\"x(",
      ")x\"", "1e5",      "0x1",    "\t",    "--flag", "def f(", "é",        "\xff", "\r\n", "[",  "]",
      "@x.",  "#include", "<std>",  "&",     "&amp;",  "{",      "\"a\":",   "|"};
  std::mt19937 random(7);
  for (int round = 0; round < 4000; ++round) {
    std::string code;
    for (std::size_t n = random() % 24; n > 0; --n) code += pieces[random() % pieces.size()];
    for (const std::string_view name : kNames)
      ASSERT_EQ(text_of(highlight(code, name)), code) << "as " << name << ":\n" << code;
  }
}

// A step that is quadratic in the code takes many minutes for half a megabyte and meets CTest's limit.
TEST(HighlightProperty, LongCodeCostsLittleMoreThanItsLength) {
  constexpr std::size_t kLength = 1 << 19;
  const std::vector<std::string_view> repeated{"\"",  "\"a\" ", "\"a\" \\\n", "**a ", "`",   "R\"(", "R\"",      "<a ",
                                               "a: ", "- ",     ">>> '''\n",  "${",   "/*",  "<!--", "<script>", "a ",
                                               "1e",  "'",      "\n#[[",      "( ",   "/* a"};
  for (const std::string_view piece : repeated) {
    std::string code;
    while (code.size() < kLength) code += piece;
    for (const std::string_view name : {"python", "cpp", "json", "yaml", "html", "markdown", "bash"})
      EXPECT_GE(highlight(code, name).size(), code.size()) << name << ": " << piece;
  }
}

}  // namespace
}  // namespace veneer::docs
