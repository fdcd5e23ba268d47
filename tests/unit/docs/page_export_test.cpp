// The page's .md export: from its first heading, without components and comments, objects as Markdown.
#include <gtest/gtest.h>

#include "rendered.h"

namespace veneer::docs {
namespace {

TEST(PageExport, Markdown) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases{
      {"<!-- Copyright -->\n\n<p>logo</p>\n\n# Title[[t]]\n\ntext", "# Title[[t]]\n\ntext\n"},
      {"# A\n\n<Tip>\n\n*b*\n\n</Tip>\n\nc", "# A\n\n*b*\n\nc\n"},
      {"# A\n\n<hfoptions id=\"g\">\n<hfoption id=\"x\">\n\nb\n\n</hfoption>\n</hfoptions>", "# A\n\n**x**\n\nb\n\n"},
      {"# A\n\n[[autodoc]] Model\n    - run\n\nb", "# A\n\n#### Model\n\nb\n"},
      {"# A\n\nb <!-- c --> d <!-- e\nf --> g", "# A\n\nb  d \n g\n"},
      {"# A\n\n```html\n<!-- kept -->\n<Tip>\n\n\n$x$\n```", "# A\n\n```html\n<!-- kept -->\n<Tip>\n\n\n$x$\n```\n"},
      {"# A\n\n[[open-in-colab]]\n\nb $x_1$ and\n\n$$\ny\n$$", "# A\n\nb $x_1$ and\n\n$$\ny\n$$\n\n"},
      {"# A\n\n[[moved: a -> b]]\n\nc", "# A\n\nc\n"},
      {"# A\n\n> [!TIP]\n> b\n\n[`Model`] and [c](other.md)", "# A\n\n> [!TIP]\n> b\n\n[`Model`] and [c](other.md)\n"},
      {"# A\n\n`<Tip>` is a tag, <b>bold</b>", "# A\n\n`<Tip>` is a tag, <b>bold</b>\n"},
      {"# A\n\n```py runnable:t\na\nb  # doc-builder: hide\n```", "# A\n\n```py\na\n```\n"},
      {"no heading", "no heading\n"},
  };
  for (const auto& [source, exported] : cases) EXPECT_EQ(rendered(source).markdown, exported) << source;
}

}  // namespace
}  // namespace veneer::docs
