// Doxygen's commands, each as what Doxygen makes of it.
#include "docs/symbols/doxygen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docs/symbols/cpp.h"
#include "docs/symbols/docstring.h"
#include "docs/symbols/symbol.h"
#include "temporary_tree.h"

namespace veneer::docs {
namespace {

using testing::ElementsAre;

DoxygenText translated(std::string_view text) {
  DoxygenNames names;
  names.reference = [](std::string_view name) {
    return name == "open" || name == "Pipe::close" || name == "close" ? "lib::" + std::string(name) : "";
  };
  names.comment = [](std::string_view name) -> std::optional<std::string> {
    if (name != "open") return std::nullopt;
    return "Opens.\n\\param path where";
  };
  return replace_doxygen(text, {"a.h", 10}, names);
}

struct Command {
  std::string_view comment, text;
};

TEST(Doxygen, EachCommandIsWhatDoxygenMakesOfIt) {
  for (const auto& [comment, text] : std::vector<Command>{
           {"\\brief Reads \\p path now.", "Reads `path` now."},
           {"bits, \\b not text, @a really, \\em so", "bits, **not** text, *really*, *so*"},
           {"@c x. (\\c y)", "`x`. (`y`)"},
           {"see @ref Pipe::close() and #close, not #42 or #nothing",
            "see [`lib::Pipe::close`] and [`lib::close`], not #42 or #nothing"},
           {"\\ref open \"how to open\"", "how to open ([`lib::open`])"},
           {"{@link open opening @endlink}", "{opening ([`lib::open`])}"},
           {"@see open, https://example.org\n@see #close",
            "**See also:** [`lib::open`], https://example.org,\n[`lib::close`]"},
           {"@since 2.1\n@deprecated Use two.", "**Since:** 2.1\n\n> [!WARNING]\n> **Deprecated.** Use two."},
           {"@pre open\n@post closed\n@invariant none",
            "**Precondition:** open\n\n**Postcondition:** closed\n\n**Invariant:** none"},
           {"@note a\nb\n\nc", "> [!NOTE]\n> a\n> b\n\nc"},
           {"@attention a\n@warning b", "> [!IMPORTANT]\n> a\n\n> [!WARNING]\n> b"},
           {"@par Title\ntext", "**Title**\n\ntext"},
           {"\\li one\n\\li two\n-# three", "- one\n- two\n1. three"},
           {"is \\f$ a_i * b_i \\f$ and \\f[ \\sum_i x_i \\f]", "is \\\\(a_i * b_i\\\\) and\n\n$$\n\\sum_i x_i\n$$"},
           {"\\f{align*}{\n a\n\\f}", "$$\n\\begin{align*}\n a\n\\end{align*}\n$$"},
           {"@code{.sh}\nrm *\n@endcode\nend", "```sh\nrm *\n```\nend"},
           {"@verbatim\n@param x\n@endverbatim", "```\n@param x\n```"},
           {"@latexonly\n\\foo\n@endlatexonly\ntext", "text"},
           {"a\n\n    int x;\n\n    int y;\n\nb", "a\n\n```cpp\nint x;\n\nint y;\n```\n\nb"},
           {"- a\n\n  goes on\n\n      code\n- b", "- a\n\n  goes on\n\n  ```cpp\n  code\n  ```\n- b"},
           {"@copydoc open", "Opens.\n\nArgs:\n    path: where"},
           {"@ingroup things\n@internal text", "text"},
           {"ends it. \\return 0 if: all went well", "ends it.\n\nReturns:\n    : 0 if: all went well"},
           {"@return it\n@retval 0 no\n@retval 1 yes", "\nReturns:\n    : it\n\n    - `0`: no\n    - `1`: yes"},
           {"@param[in,out] a,b both\n  of them\n@tparam T what",
            "\nArgs:\n    a, b (*in,out*): both\n        of them\n    > Template parameters\n    T: what"},
           {"@throws std::bad_alloc if full", "\nRaises:\n    std::bad_alloc: if full"},
           {"a <tt>r</tt> of <std::string>, <lora:name>, <https://example.org>",
            "a <code>r</code> of \\<std::string>, \\<lora:name>, <https://example.org>"},
       })
    EXPECT_EQ(translated(comment).text, text) << comment;
}

TEST(Doxygen, TextWithoutCommandsIsUntouched) {
  for (const char* text : {"user@example.org", "C:\\path\\new", "a \\( x \\)", "plain", "`\\n` and `@x`",
                           "```\n\\param x\n```", "Args:\n    x: one\n\n    y: two", "Args:\n  width: in pixels"})
    EXPECT_EQ(translated(text).text, text);
}

TEST(Doxygen, UnknownCommandsAndMissingNamesAreFindings) {
  const DoxygenText text = translated("One.\n@retrun x\n@copydoc nothing\n@snippet a.cpp b");
  std::vector<std::string> findings;
  for (const Finding& finding : text.findings)
    findings.push_back(std::to_string(finding.where.line) + ": " + finding.message + " | " + finding.suggestion);
  EXPECT_THAT(
      findings,
      ElementsAre(
          "11: `@retrun` is no command of Doxygen's | did you mean `@return`?",
          "12: there is no comment of `nothing` to copy | name something that is documented",
          "13: `@snippet` is not followed: its text is not shown | write the text here, or include it in the page"));
  EXPECT_EQ(text.text, "One.\n\\@retrun x");
}

TEST(Doxygen, LinesKeepTheirPlaceInTheSource) {
  EXPECT_THAT(translated("One.\n@param x text\n\nTwo.").lines, ElementsAre(10, 12, 13, 11, 11, 11));
}

TEST(Doxygen, CommentsBelongToWhatTheyStandAt) {
  const TemporaryTree tree({{"compile_flags.txt", ""}, {"src/a.h", R"(/** @file a.h
 * @brief The file.
 */
namespace lib {
int close();  //!< Ends it. \return 0
struct Late { int x; };  ///< behind a type
int open(int size,  ///< how large
         int mode   /**< how */);
[[deprecated("use open")]] int old();
int next();
/// Opened. \copydoc open
int copied(int size);
}
)"}});
  const SymbolTree read = read_cpp_library({"lib", {tree.root() / "src/a.h"}, {}, tree.root()});
  const auto text = [&](std::string_view name) { return read.root->scope.find(name)->second->docstring; };
  EXPECT_EQ(read.root->docstring, "");
  EXPECT_EQ(text("close"), "Ends it.\n\nReturns:\n    : 0");
  EXPECT_EQ(text("Late"), "behind a type");
  EXPECT_EQ(text("open"), "\nArgs:\n    size: how large\n    mode: how");
  EXPECT_EQ(text("old"), "> [!WARNING]\n> **Deprecated.** use open");
  EXPECT_EQ(text("next"), "");
  EXPECT_EQ(text("copied"), "Opened.\n\nArgs:\n    size: how large\n    mode: how");
  EXPECT_TRUE(read.findings.empty());
}

}  // namespace
}  // namespace veneer::docs
