// Whatever the text of a page, its HTML is well-formed and nothing in it runs. Texts are drawn from a grammar of all
// that pages write, with attacks among it, and some are damaged afterwards.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <span>
#include <string>
#include <string_view>

#include "support/page_check.h"

namespace veneer::docs {
namespace {

using Texts = std::span<const std::string_view>;

constexpr auto kWords = std::to_array<std::string_view>({"a",
                                                         "word",
                                                         "\"said\"",
                                                         "it's",
                                                         "--",
                                                         "...",
                                                         "&",
                                                         "&amp;",
                                                         "&#x3c;",
                                                         "<",
                                                         ">",
                                                         "{x}",
                                                         "\\",
                                                         "\\*",
                                                         "\u4E2D",
                                                         "_",
                                                         "--flag",
                                                         "https://x.y/z?a=b&c",
                                                         "<https://x.y>",
                                                         "$5",
                                                         "$x_1$",
                                                         "\\\\(y\\\\)",
                                                         "${v}",
                                                         "[[",
                                                         "]]",
                                                         "|",
                                                         "\\|",
                                                         "\uFDD0",
                                                         "\uFDD0"
                                                         "0\uFDD1",
                                                         "===PT-TF-SPLIT===",
                                                         "\t",
                                                         "  ",
                                                         "<3",
                                                         "vector<int>",
                                                         "<!-- x",
                                                         "-->",
                                                         "<!-- y -->"});

// What would run if it came through.
constexpr auto kAttacks =
    std::to_array<std::string_view>({"<script>alert(1)</script>",
                                     "<SCRIPT SRC=//x>",
                                     "</script>",
                                     "<scr<script>ipt>",
                                     "<svg/onload=alert(1)>",
                                     "<svg><script>alert(1)</script></svg>",
                                     "<img src=x onerror=alert(1)>",
                                     "<img src=\"x\" \"onerror=alert(1)\">",
                                     "<a href=\"javascript:alert(1)\">x</a>",
                                     "<a href=' java\tscript:alert(1)'>x</a>",
                                     "[x](javascript:alert(1))",
                                     "[x](&#106;avascript:alert(1))",
                                     "[x](<javascript&colon;alert(1)>)",
                                     "![x](data:text/html,<script>)",
                                     "<javascript:alert(1)>",
                                     "[x]: javascript:alert(1)\n\n[x]",
                                     "<iframe srcdoc='<script>alert(1)</script>'>",
                                     "<iframe><img alt=\"</iframe><script>alert(1)</script>\">",
                                     "<style>*{x:expression(alert(1))}</style>",
                                     "<div style=\"background:url(javascript:alert(1))\">",
                                     "<object data=x>",
                                     "<embed src=x>",
                                     "<base href=//x>",
                                     "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
                                     "<form action=javascript:alert(1)><button>",
                                     "<math href=javascript:alert(1)>x",
                                     "<noscript><p title=\"</noscript><script>alert(1)</script>\">",
                                     "<title><img title=\"</title><script>alert(1)</script>\">",
                                     "<p title='\"><script>alert(1)</script>'>",
                                     "<Tip onclick=alert(1)>",
                                     "<hfoption id='\"><script>alert(1)</script>'>",
                                     "```\"><script>alert(1)</script>",
                                     "<Youtube id='\" onclick=alert(1)'/>",
                                     "# x [[\"><script>alert(1)</script>]]",
                                     "<template><script>",
                                     "<video poster=javascript:alert(1)>",
                                     "<img srcset='javascript:alert(1) 2x'>",
                                     "<plaintext>",
                                     "<xmp>",
                                     "<![CDATA["});

constexpr auto kTags = std::to_array<std::string_view>({"div",        "p",
                                                        "b",          "i",
                                                        "a",          "span",
                                                        "ul",         "li",
                                                        "table",      "tr",
                                                        "td",         "tbody",
                                                        "details",    "summary",
                                                        "pre",        "code",
                                                        "h2",         "br",
                                                        "img",        "hr",
                                                        "video",      "iframe",
                                                        "figure",     "sub",
                                                        "dl",         "dt",
                                                        "center",     "string",
                                                        "Tip",        "pt",
                                                        "tf",         "hfoptions",
                                                        "hfoption",   "frameworkcontent",
                                                        "Question",   "Added",
                                                        "Deprecated", "include",
                                                        "script",     "svg"});
constexpr auto kAttributes = std::to_array<std::string_view>(
    {"", " id=\"x\"", " id=x", " class='y z'", " warning={true}", " version=\"1\"", " href=other", " href=\"#x\"",
     " src=dog.png", " alt", " title=\"<b>\"", " onclick=x", " style=\"color:red\"", " name=x", " =", " \"", " a='"});
constexpr auto kTargets = std::to_array<std::string_view>(
    {"other", "other.md#b", "#b", "../imgs/cat.png", "https://x.y", "../../../etc/passwd", "<two words>", "?x", "",
     "javascript:alert(1)", "//x.y", "%2e%2e/%2e%2e/x", "other \"t\"", "C%23", "<\"><script>>"});
constexpr auto kNames = std::to_array<std::string_view>(
    {"Model", "~lib.Model.run", "Model#size", "Hidden", "Modle", "torch.Tensor", "<b>", "", "`"});
constexpr auto kBlocks =
    std::to_array<std::string_view>({"---",
                                     "[[open-in-colab]]",
                                     "[[autodoc]] Model\n    - run\n\t- all",
                                     "[[autodoc]] <b>",
                                     "[[moved: a -> other#b]]",
                                     "[[moved: \"> -> javascript:alert(1)]]",
                                     "$$\n\\frac{a}{b}\n$$",
                                     "$$<b>$$",
                                     "$$\\nope$$ x",
                                     "<!--\n\nx\n\n-->",
                                     "<!-- WRAP CODE BLOCKS -->",
                                     "<!-- STRETCH TABLES -->",
                                     "| a | b |\n|:-|-:|\n| $x$ | `c\\|d` |\n| <b> |",
                                     "<include>{\"path\": \"x.md\"}</include>",
                                     "<literalinclude>\n{}\n</literalinclude>",
                                     "<include>",
                                     "Title\n===",
                                     "[r]: https://x.y '\"'",
                                     "```py runnable:t\na  # doc-builder: hide\nassert b\n```",
                                     "```py\n>>> f()  # doctest: +SKIP\n1\n>>> # ===PT-TF-SPLIT===\n>>> g()\n```",
                                     "~~~\n<script>\n~~~",
                                     "<table>\n<tr><td>\n\n*a*\n\n<td>\n</table>",
                                     "> [!TIP]\n> ```\n> x\n",
                                     "```html\n<b>\n",
                                     "<div>\n\n# x\n\n</div>"});

class Grammar {
 public:
  explicit Grammar(unsigned seed) : random_(seed) {}

  std::string page() {
    std::string text;
    for (unsigned n = 1 + below(6); n > 0; --n) text += block(0) + (below(5) == 0 ? "\n" : "\n\n");
    if (below(3) == 0) damage(text);
    return text;
  }

 private:
  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  std::string pick(Texts texts) { return std::string(texts[below(static_cast<unsigned>(texts.size()))]); }
  std::string tag() { return "<" + pick(kTags) + pick(kAttributes) + pick(kAttributes) + (below(6) ? ">" : "/>"); }

  std::string line(int depth) {
    std::string out;
    for (unsigned n = 1 + below(4); n > 0; --n) out += piece(depth) + (below(3) == 0 ? "" : " ");
    return out;
  }

  std::string piece(int depth) {
    if (depth > 3) return pick(kWords);
    switch (below(12)) {
      case 0:
        return "*" + line(depth + 1) + "*";
      case 1:
        return "**" + line(depth + 1) + "**";
      case 2:
        return "~~" + line(depth + 1) + "~~";
      case 3:
        return "`" + line(depth + 1) + "`";
      case 4:
        return "[" + line(depth + 1) + "](" + pick(kTargets) + ")";
      case 5:
        return "![" + line(depth + 1) + "](" + pick(kTargets) + ")";
      case 6:
        return "[`" + pick(kNames) + "`]";
      case 7:
        return tag();
      case 8:
        return "</" + pick(kTags) + ">";
      case 9:
        return pick(kAttacks);
      default:
        return pick(kWords);
    }
  }

  // `text` with `first` before its first line and `other` before the others.
  static std::string indented(std::string_view text, std::string_view first, std::string_view other) {
    std::string out(first);
    for (const char c : text) {
      out += c;
      if (c == '\n') out += other;
    }
    return out;
  }

  std::string block(int depth) {
    if (depth > 3) return line(0);
    switch (below(11)) {
      case 0:
        return std::string(1 + below(6), '#') + " " + line(1) + (below(2) == 0 ? "[[" + pick(kNames) + "]]" : "");
      case 1:
        return indented(block(depth + 1) + "\n\n" + block(depth + 1), "- ", "  ") + "\n- " + line(1);
      case 2:
        return indented(block(depth + 1), "> ", "> ");
      case 3:
        return indented(block(depth + 1), "> [!warning]\n> ", "> ");
      case 4:
        return "```" + pick(kWords) + "\n" + block(depth + 1) + "\n```";
      case 5:
        return tag() + "\n\n" + block(depth + 1) + "\n\n</" + pick(kTags) + ">";
      case 6: {
        const std::string name = pick(kTags);
        return "<" + name + pick(kAttributes) + ">" + block(depth + 1) + "</" + name + ">";
      }
      case 7:
        return pick(kAttacks);
      case 8:
        return pick(kBlocks);
      default:
        return line(0) + (below(2) == 0 ? "\n" + line(0) : "");
    }
  }

  // Bytes lost, repeated, moved or replaced by any others.
  void damage(std::string& text) {
    for (unsigned n = 1 + below(4); n > 0 && !text.empty(); --n) {
      const std::size_t at = random_() % text.size(), length = 1 + random_() % 12;
      switch (below(4)) {
        case 0:
          text.erase(at, length);
          break;
        case 1:
          text.insert(random_() % text.size(), text.substr(at, length));
          break;
        case 2:
          text[at] = static_cast<char>(random_());
          break;
        default:
          text.insert(at, 1, "<>\"'`[]()*_\\\n&;#-"[below(17)]);
      }
    }
  }

  std::mt19937 random_;
};

TEST(PageProperty, HtmlIsWellFormedAndNothingRuns) {
  for (unsigned seed = 0; seed < 4000; ++seed) {
    const std::string text = Grammar(seed).page();
    ASSERT_EQ(problem_of_page(text), "") << "seed " << seed << ": <<<" << text << ">>>";
  }
}

TEST(PageProperty, AnyBytesAreAPage) {
  std::mt19937 random(5);
  for (int round = 0; round < 1500; ++round) {
    std::string text(random() % 200, '\0');
    for (char& c : text) c = static_cast<char>(random());
    ASSERT_EQ(problem_of_page(text), "") << "round " << round;
  }
}

// Each attack alone, so that none is hidden by what stands before it.
TEST(PageProperty, NoAttackComesThrough) {
  for (const std::string_view attack : kAttacks)
    for (const std::string& text :
         {std::string(attack), "a " + std::string(attack) + " b", "<div>" + std::string(attack) + "</div>",
          "- " + std::string(attack), "| a |\n|-|\n| " + std::string(attack) + " |", "[" + std::string(attack) + "](x)",
          "# " + std::string(attack), "<Tip>" + std::string(attack), "<img alt='" + std::string(attack) + "'>"})
      ASSERT_EQ(problem_of_page(text), "") << text;
}

}  // namespace
}  // namespace veneer::docs
