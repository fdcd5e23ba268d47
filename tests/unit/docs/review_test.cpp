// What a check says of sources, docstrings and files, and what the settings switch off.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "small_library.h"

namespace veneer::docs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Of src/lib/models.py, which index.md documents.
std::vector<std::string> found(const std::string& source, const Files& more = {}) {
  Files files{{"src/lib/models.py", "class Model:\n    'A model.'\nclass Small(Model):\n    'A small one.'\n" + source},
              {"docs/index.md", "# Start\n\n[[autodoc]] lib.Model\n\n[[autodoc]] lib.models.f\n"}};
  for (const auto& [name, text] : more) files[name] = text;
  std::vector<std::string> lines;
  for (const Finding& finding : SmallLibrary(files).check().findings)
    lines.push_back(std::to_string(finding.where.line) + ": " + finding.message + " [" + finding.rule + "]");
  return lines;
}

std::string function(const std::string& parameters, const std::string& entries) {
  return "def f(" + parameters + "):\n    \"\"\"Does it.\n\n    Args:\n" + entries + "    \"\"\"\n";
}

TEST(Review, ParametersAndSignature) {
  EXPECT_THAT(found(function("a, b", "        a: one\n        c: three\n")),
              ElementsAre("9: `f` does not say what `b` is for [undescribed-parameter]",
                          "10: `f` has no parameter `c` [unknown-parameter]"));
  EXPECT_THAT(found(function("a, *args, **kwargs", "        a: one\n        more: of kwargs\n")), IsEmpty());
  EXPECT_THAT(found("def f(a): 'No section.'\n"), IsEmpty());
}

TEST(Review, Defaults) {
  EXPECT_THAT(found(function("a=1, b='x', c=None, d=1e-4, e=g(), h=(0, 0), i=3, j",
                             "        a (`int`, *optional*, defaults to 2): one\n"
                             "        b (`str`, *optional*, defaults to `\"x\"`): two\n"
                             "        c (`str`, *optional*, defaults to `None`): three\n"
                             "        d (`float`, *optional*, defaults to 0.0001): four\n"
                             "        e (`int`, *optional*, defaults to that of g): five\n"
                             "        h (`tuple`, *optional*, defaults to (0,0)): six\n"
                             "        i (`int`): seven\n"
                             "        j (`int`, defaults to 3): eight\n")),
              ElementsAre("9: `a` defaults to 1, not to 2 [wrong-default]",
                          "11: `c`: that it defaults to `None` need not be said [needless-default]",
                          "15: `i` has a default and is not said to be optional [missing-optional]",
                          "16: `j` defaults to 3, but must be given [wrong-default]"));
}

TEST(Review, FirstSentences) {
  const std::vector<std::pair<std::string, bool>> cases{
      {"Does it.", true},           {"Does it", false},
      {"does it.", false},          {"See https://x.y", true},
      {"reST it is.", true},        {"`f` does (it).", true},
      {"Does it\\n    all.", true}, {"\xE4\xB8\xAD\xE6\x96\x87\xE3\x80\x82", true}};
  for (const auto& [text, good] : cases)
    EXPECT_EQ(found("def f():\n    \"\"\"" + text + "\"\"\"\n").empty(), good) << text;
}

TEST(Review, SourcesThatCannotBeRead) {
  EXPECT_THAT(found("def f(a, b=2:\n    'Broken.'\n"),
              ElementsAre("5: not valid Python here; what stands around it is read [python-syntax]"));
  EXPECT_THAT(found("def f():\n    'Gr\xFC\xDF"
                    "e.'\n"),
              ElementsAre("6: the source is not UTF-8: the byte 0xFC is no UTF-8 [not-utf8]"));
  SmallLibrary latin(Files{{"src/lib/models.py",
                            "# -*- coding: latin-1 -*-\nclass Model:\n    'Gr\xFC\xDF"
                            "e.'\nclass Small: pass\n"}});
  EXPECT_THAT(lines_of(latin.build().findings), IsEmpty());
  EXPECT_THAT(latin.page("index.html"), HasSubstr("Grüße."));
}

TEST(Review, LargeImages) {
  const std::string large(250'000, 'x');
  const Files files{{"docs/images/dog.jpg", large}, {"docs/data.csv", large}};
  EXPECT_THAT(found("def f(): 'F.'\n", files),
              ElementsAre("0: the image has 250 KB, more than 200: it weighs down the repository [large-image]"));
  Files more = files;
  more["docs/veneer-docs.yml"] = "checks: {large-image: 300}\n";
  EXPECT_THAT(found("def f(): 'F.'\n", more), IsEmpty());
}

TEST(Review, ARuleCanBeSwitchedOff) {
  EXPECT_THAT(found("def f(): 'no sentence'\n", {{"docs/veneer-docs.yml", "checks:\n  no-sentence: off\n"}}),
              IsEmpty());
}

TEST(Review, OtherPeoplesPackagesAreOneFindingEach) {
  const std::string page = "# Other\n\n[`torch.Tensor`], [`~torch.nn.Module`], [`np.ndarray`] and [`nowhere.X`]\n";
  EXPECT_THAT(found("def f(): 'F.'\n", {{"docs/guide/other.md", page}}),
              ElementsAre("3: `nowhere.X` is unknown [unknown-reference]",
                          "3: `numpy` is documented elsewhere: its names are no links here [unlinked-package]",
                          "3: `torch` is documented elsewhere: its names are no links here [unlinked-package]"));
}

TEST(Review, RepeatedHeadingsGetDifferentAdvice) {
  SmallLibrary library(Files{{"docs/guide/other.md", "# A\n\n## B\n\n## B\n\n## B\n"}});
  EXPECT_THAT(lines_of(library.check().findings), ElementsAre(HasSubstr("[[b-2]]"), HasSubstr("[[b-3]]")));
}

TEST(Review, LinkedFilesAndFoldersArePages) {
  SmallLibrary library(
      Files{{"elsewhere/one.md", "# One\n"},
            {"docs/_toctree.yml",
             "- {local: index, title: S}\n- {local: guide/other, title: O}\n- {local: linked/one, title: L}\n"
             "- {local: readme, title: R}\n"},
            {"README.md", "# Read me\n"}});
  const std::filesystem::path root = library.site().parent_path().parent_path().parent_path().parent_path();
  std::filesystem::create_directory_symlink(root / "elsewhere", root / "docs/linked");
  std::filesystem::create_symlink(root / "README.md", root / "docs/readme.md");
  std::filesystem::create_directory_symlink(root / "docs", root / "docs/circle");
  std::filesystem::create_symlink(root / "gone", root / "docs/gone.md");
  EXPECT_THAT(lines_of(library.build().findings), IsEmpty());
  EXPECT_THAT(library.page("linked/one.html"), HasSubstr("<h1 id=\"one\">"));
  EXPECT_THAT(library.page("readme.html"), HasSubstr("Read me"));
}

}  // namespace
}  // namespace veneer::docs
