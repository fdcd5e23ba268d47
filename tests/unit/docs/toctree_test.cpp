#include "docs/site/toctree.h"

#include <gtest/gtest.h>

namespace veneer::docs {
namespace {

using Pages = std::vector<std::pair<std::string, std::string>>;

TEST(Toctree, EveryKey) {
  const Toctree tree = parse_toctree(R"(- title: Guides
  isExpanded: true
  sections:
    - local: start
      title: "Start: here"
      new: true
    - title: Deeper
      local: deeper/index
      sections:
        - {local: deeper/one.md, title: One}
    - local: old
      newlocal: new/place
      title: Moved
      quiz: 3
    - local_fw: {pt: with_torch, tf: with_tf}
      title: Frameworks
- local: last
  title: 1.0
)",
                                     "_toctree.yml");
  EXPECT_TRUE(tree.findings.empty());
  ASSERT_EQ(tree.entries.size(), 2U);
  const TocEntry& guides = tree.entries[0];
  EXPECT_EQ(guides.title, "Guides");
  EXPECT_EQ(guides.local, "");
  EXPECT_TRUE(guides.expanded);
  EXPECT_EQ(guides.line, 1);
  ASSERT_EQ(guides.sections.size(), 4U);
  EXPECT_TRUE(guides.sections[0].is_new);
  EXPECT_FALSE(guides.sections[1].is_new);
  EXPECT_FALSE(guides.sections[1].expanded);
  EXPECT_EQ(guides.sections[1].sections[0].line, 10);
  EXPECT_EQ(guides.sections[2].moved_to, "new/place");
  EXPECT_EQ(tree.pages(), (Pages{{"start", "Start: here"},
                                 {"deeper/index", "Deeper"},
                                 {"deeper/one", "One"},
                                 {"new/place", "Moved"},
                                 {"with_torch", "Frameworks"},
                                 {"last", "1.0"}}));
}

TEST(Toctree, AFrameworksMapNamesItsFirst) {
  EXPECT_EQ(parse_toctree("- local_fw:\n    pt: a\n    tf: b\n  title: A\n", "t").pages(), (Pages{{"a", "A"}}));
}

TEST(Toctree, PathsAreMadeNormal) {
  EXPECT_EQ(parse_toctree("- {local: ./a, title: A}\n- {local: b/../c//d.md, title: B}\n- {local: e/}\n", "t").pages(),
            (Pages{{"a", "A"}, {"c/d", "B"}, {"e", "e"}}));
}

TEST(Toctree, EachPageIsReadOnce) {
  EXPECT_EQ(parse_toctree("- {local: a, title: A}\n- {local: b, title: B}\n- {local: a, title: Again}\n", "t").pages(),
            (Pages{{"a", "A"}, {"b", "B"}}));
}

struct WrongToctree {
  std::string yaml, rule;
  int line = 0;
};

TEST(Toctree, Findings) {
  const std::vector<WrongToctree> cases{
      {"", "bad-toctree", 1},
      {"title: A\nlocal: a\n", "bad-toctree", 1},
      {"- {local: a, title: A}\n- just text\n", "bad-toctree", 2},
      {"- title: A\n  sections: none\n", "bad-toctree", 2},
      {"- title: A\n", "bad-toctree", 1},
      {"- {local: a, title: A}\n- local: b\n", "missing-title", 2},
      {"- sections:\n    - {local: a, title: A}\n", "missing-title", 1},
      {"- {local: a, title: A}\n- [\n", "bad-toctree", 2},
      {"- title: A\n local: a\n", "bad-toctree", 2},
      {"- {local: ../a, title: A}\n", "bad-toctree", 1},
      {"- {local: /a, title: A}\n", "bad-toctree", 1},
      {"- {local: a/../../b, title: A}\n", "bad-toctree", 1},
      {"- {local: a, newlocal: ../b, title: A}\n", "bad-toctree", 1},
      {std::string(5000, '['), "bad-toctree", 1},
      {"- &a\n  title: A\n  sections: [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n", "bad-toctree", 1},
  };
  for (const WrongToctree& one : cases) {
    const Toctree tree = parse_toctree(one.yaml, "_toctree.yml");
    ASSERT_FALSE(tree.findings.empty()) << one.yaml;
    const Finding& finding = tree.findings[0];
    EXPECT_EQ(finding.rule, one.rule) << one.yaml;
    EXPECT_EQ(finding.severity, Severity::error) << one.yaml;
    EXPECT_EQ(finding.where.file, "_toctree.yml") << one.yaml;
    EXPECT_EQ(finding.where.line, one.line) << one.yaml << finding.message;
    for (const auto& [path, title] : tree.pages()) EXPECT_EQ(path.find(".."), std::string::npos) << one.yaml;
  }
}

// Each mistake is one finding, in words that help.
TEST(Toctree, MistakesAreNamed) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"- title: A\n  sections:\n\t- local: a\n",
       "t:3: error: the line is indented with a tab [bad-toctree]; YAML is indented with spaces"},
      {"- title: Start: here\n  local: a\n",
       "t:1: error: `- title: Start: here` has a colon in its value [bad-toctree]; put the value in quotes"},
      {"- local: a\n  title: A\n- {local: b\n",
       "t:3: error: `- {local: b` is opened by { and never closed [bad-toctree]; end it with }"},
      {"- title: A\n  sections:\n    local: a\n    title: B\n",
       "t:3: error: the entry has no dash [bad-toctree]; begin it with `- `"},
      {"- local: a\n  title: A\n  local: b\n  title: B\n",
       "t:3: error: `local` stands twice in one entry [bad-toctree]; begin the second entry with `- `"},
      {"- local: a\n  title: A\nlocal: b\ntitle: B\n",
       "t:3: error: `local: b` has no dash [bad-toctree]; begin each entry of a list with `- `"},
      {"-local: a\n", "t:1: error: `-local` has no space behind its dash [bad-toctree]; begin each entry with `- `"},
      {"- title:A\n", "t:1: error: `title:A` has no space behind its colon [bad-toctree]; write `title: A`"},
      {"- title: Gr\xFC\n",
       "t:1: error: the file is not UTF-8: the byte 0xFC is no UTF-8 [not-utf8]; save it as UTF-8"},
      {"- loacl: a\n  title: A\n", "t:1: error: an entry has no key `loacl` [bad-toctree]; did you mean `local`?"},
      {"- local: a\n  title: A\n  icon: b\n",
       "t:3: error: an entry has no key `icon` [bad-toctree]; an entry has title, local, sections, isExpanded, new, "
       "newlocal and local_fw"},
      {"- title: A\n   local: a\n",
       "t:2: error: the indentation of `local: a` fits no line above it [bad-toctree]; keys of one entry begin in one "
       "column, and the dash of the next entry in that of the last"}};
  for (const auto& [yaml, finding] : cases) {
    const Toctree tree = parse_toctree(yaml, "t");
    ASSERT_EQ(tree.findings.size(), 1U) << yaml;
    EXPECT_EQ(to_string(tree.findings[0]), finding);
  }
  EXPECT_EQ(parse_toctree("- loacl: a\n  title: A\n", "t").pages(), (Pages{{"a", "A"}})) << "read as it was meant";
}

// What is wrong in one entry loses no other.
TEST(Toctree, OtherEntriesStay) {
  const Toctree tree = parse_toctree("- nonsense\n- {local: a, title: A}\n- {local: b}\n", "t");
  EXPECT_EQ(tree.pages(), (Pages{{"a", "A"}, {"b", "b"}}));
  EXPECT_EQ(tree.findings.size(), 2U);
}

}  // namespace
}  // namespace veneer::docs
