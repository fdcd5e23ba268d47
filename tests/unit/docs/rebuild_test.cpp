// Builds into a folder that has the site of an earlier build.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docs/page/page.h"
#include "docs/site/build.h"
#include "docs/site/state.h"
#include "temporary_tree.h"

namespace veneer::docs {
namespace {

using testing::HasSubstr;
using testing::Not;

// Documents whatever it is asked for, and says so to the page.
class AnyObjects : public ObjectDocs {
 public:
  [[nodiscard]] DirectivePlan plan(const Directive& directive) const override {
    return {{{"lib." + directive.object, directive.object, "py:class", false}}, {}, {}};
  }
  void set_documented(std::vector<DocumentedPlace>) override {}
  DirectiveContent render(const Directive& directive, Page& page) const override {
    const std::string id = page.claim_id("lib." + directive.object);
    page.add_outline({page.heading_level() + 1, directive.object, id, "class"});
    page.add_link({"two", "two", {"lib.py", 7}});
    page.add_link({"two", "nowhere", {"lib.py", 8}});
    page.report({{"lib.py", 9}, Severity::warning, "odd", "odd: " + directive.object, ""});
    return {"<section><h3 id=\"" + id + "\">" + directive.object + "</h3></section>", "#### " + directive.object};
  }
  [[nodiscard]] Reference resolve(std::string_view) const override { return {}; }
};

class Rebuild : public testing::Test {
 protected:
  void build() {
    BuildOptions options;
    options.library = "lib";
    options.docs = tree_.root() / "docs";
    options.build = tree_.root() / "build";
    options.repo_owner = "";
    options.source_kind = SourceKind::python;
    resolve_options(options);
    readings_ = 0;
    result_ = build_site(options, [this](const BuildOptions&, Findings&) {
      ++readings_;
      return std::make_unique<AnyObjects>();
    });
    ASSERT_TRUE(result_.ok(BuildOptions::Strictness::lenient));
  }
  void page(const std::string& text) { write_file(tree_.root() / "docs/one.md", text); }
  [[nodiscard]] std::string file(const std::string& name) const { return read_text_file(result_.site / name); }

  [[nodiscard]] std::vector<std::string> findings() const {
    std::vector<std::string> all;
    for (const Finding& finding : result_.findings) all.push_back(to_string(finding));
    return all;
  }

  TemporaryTree tree_{{{"docs/_toctree.yml", "- local: one\n  title: One\n- local: two\n  title: Two\n"},
                       {"docs/one.md", "# One\n\nApple and pear.\n"},
                       {"docs/two.md", "# Two\n\nPear and plum.\n"}}};
  BuildResult result_;
  int readings_ = 0;  ///< of the sources, by the last build
};

TEST_F(Rebuild, KeepsTheOtherPagesAndGivesWhatACleanBuildGives) {
  build();
  EXPECT_EQ(result_.rendered, 2u);
  page("# One\n\nQuince alone.\n");
  build();
  EXPECT_EQ(result_.rendered, 1u);
  const std::string index = file("_assets/search-index.js"), pages = file("llms-full.txt");
  EXPECT_THAT(index, HasSubstr("quince"));
  EXPECT_THAT(index, HasSubstr("plum"));
  EXPECT_THAT(index, Not(HasSubstr("apple")));
  std::filesystem::remove_all(result_.site);
  build();
  EXPECT_EQ(result_.rendered, 2u);
  EXPECT_EQ(file("_assets/search-index.js"), index);
  EXPECT_EQ(file("llms-full.txt"), pages);
}

TEST_F(Rebuild, DirectivesOfAnEditedPageAreMadeWithoutTheSources) {
  const std::string objects = "\n## Part\n\n[[autodoc]] Part\n\n### Other\n\n[[autodoc]] Other\n    - run\n";
  page("# One\n\nText." + objects);
  build();
  EXPECT_EQ(readings_, 1);
  page("# One\n\nAnother text.\n\n## Inserted" + objects + "\nThe end.\n");
  build();
  EXPECT_EQ(readings_, 0);
  EXPECT_EQ(result_.rendered, 1u);
  const std::string html = file("one.html"), markdown = file("one.md"), inventory = file("objects.inv");
  const std::vector<std::string> found = findings();
  EXPECT_THAT(html, HasSubstr("<h3 id=\"lib.Other\">Other</h3>"));
  EXPECT_THAT(html, HasSubstr("Another text."));
  std::filesystem::remove_all(result_.site);
  build();
  EXPECT_EQ(readings_, 1);
  EXPECT_EQ(file("one.html"), html);
  EXPECT_EQ(file("one.md"), markdown);
  EXPECT_EQ(file("objects.inv"), inventory);
  EXPECT_EQ(findings(), found);
}

TEST_F(Rebuild, OtherDirectivesNeedTheSources) {
  page("# One\n\n[[autodoc]] Part\n");
  build();
  page("# One\n\n[[autodoc]] Part\n    - run\n");
  build();
  EXPECT_EQ(readings_, 1);
  page("# One\n\n[[autodoc]] Part\n    - run\n\n[[autodoc]] Other\n");
  build();
  EXPECT_EQ(readings_, 1);
  EXPECT_THAT(file("one.html"), HasSubstr("lib.Other"));
}

TEST_F(Rebuild, ADirectiveUnderAnotherHeadingIsMadeAnew) {
  page("# One\n\n[[autodoc]] Part\n");
  build();
  page("# One\n\n## Two\n\n[[autodoc]] Part\n");
  build();
  EXPECT_EQ(readings_, 1);
  page("# One\n\n## Two\n\n### lib.Part[[lib.Part]]\n\n### Three\n\n[[autodoc]] Part\n");
  build();
  EXPECT_THAT(file("one.html"), HasSubstr("<h3 id=\"lib.Part-1\">Part</h3>"));
}

TEST_F(Rebuild, WritesAFileAgainThatSomeoneRemoved) {
  build();
  std::filesystem::remove(result_.site / "two.md");
  page("# One\n\nChanged.\n");
  build();
  EXPECT_THAT(file("two.md"), HasSubstr("Pear and plum."));
}

TEST_F(Rebuild, RemembersTheWordsOfItsPages) {
  build();
  const BuildState state = load_state(result_.site / "_assets/build-state.bin");
  ASSERT_EQ(state.pages.size(), 2u);
  std::vector<std::string> words;
  for (const SearchTerm& term : state.pages[1].sections.at(0).terms) words.push_back(state.words.at(term.word));
  EXPECT_THAT(words, testing::UnorderedElementsAre("two", "pear", "and", "plum"));
}

}  // namespace
}  // namespace veneer::docs
