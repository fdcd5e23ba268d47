// What a build takes from the docs folder: _config.py, veneer-docs.yml, the library's version, the checkout.
#include "docs/site/options.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "docs/site/feeds.h"
#include "docs/site/repository.h"
#include "temporary_tree.h"

namespace veneer::docs {
namespace {

using Files = std::map<std::string, std::string>;

// Resolved for the docs folder p/docs/source/en of the project p.
BuildOptions resolve(const Files& files, BuildOptions options = {}) {
  Files all = files;
  all.emplace("p/docs/source/en/index.md", "# A\n");
  const TemporaryTree tree(all);
  options.library = "lib";
  options.docs = tree.root() / "p/docs/source/en";
  resolve_options(options);
  options.repository = options.repository.lexically_relative(tree.root());
  options.source_root = options.source_root.empty() ? "" : options.source_root.lexically_relative(tree.root());
  options.fallback = options.fallback.empty() ? "" : options.fallback.lexically_relative(tree.root());
  return options;
}

TEST(Options, WithoutSettings) {
  const BuildOptions options = resolve({});
  EXPECT_EQ(options.version, "main");
  EXPECT_EQ(options.version_tag, "main");
  EXPECT_EQ(options.title, "lib");
  EXPECT_EQ(options.repository, "p");
  EXPECT_EQ(options.repository_url(), "") << "nobody says where it is";
  EXPECT_EQ(options.toc_check, BuildOptions::TocCheck::pages_listed);
  EXPECT_EQ(options.site, std::filesystem::current_path() / "build/lib/main/en");
  EXPECT_EQ(options.fallback, "");
}

TEST(Options, ConfigIsReadAsLiterals) {
  const BuildOptions options = resolve({{"p/docs/source/_config.py", R"(# nothing here is run
import os
default_branch_name = "trunk"  # the branch
version_prefix = 'release-'
disable_toc_check = True  # for now
notebook_first_cells = [{"type": "code"}]
    version_prefix = "indented"
)"}});
  EXPECT_EQ(options.default_branch, "trunk");
  EXPECT_EQ(options.version, "trunk");
  EXPECT_EQ(options.version_prefix, "release-");
  EXPECT_EQ(options.toc_check, BuildOptions::TocCheck::off);
}

TEST(Options, TheNearestConfigGoesFirst) {
  EXPECT_EQ(resolve({{"p/docs/source/_config.py", "default_branch_name = 'far'\nversion_prefix = 'x'\n"},
                     {"p/docs/source/en/_config.py", "default_branch_name = 'near'\n"}})
                .version,
            "near");
}

struct VersionCase {
  std::string init, asked, version, tag;
};

TEST(Options, Versions) {
  const std::vector<VersionCase> cases{
      {"__version__ = \"0.30.0\"\n", "", "v0.30.0", "v0.30.0"},
      {"__version__ = \"0.31.0.dev0\"\n", "", "main", "main"},
      {"from .x import __version__\n", "", "main", "main"},
      {"__version__ = \"0.30.0\"\n", "v0.29.0", "v0.29.0", "v0.29.0"},
      {"", "pr_123", "pr_123", "main"},
      {"", "main", "main", "main"},
  };
  for (const VersionCase& one : cases) {
    BuildOptions asked;
    asked.version = one.asked;
    const BuildOptions options = resolve({{"p/src/lib/__init__.py", one.init}}, asked);
    EXPECT_EQ(options.version, one.version) << one.init << one.asked;
    EXPECT_EQ(options.version_tag, one.tag) << one.init << one.asked;
    EXPECT_EQ(options.source_root, "p/src");
  }
  BuildOptions release;
  release.version = "v1.0";
  EXPECT_EQ(resolve({{"p/docs/source/_config.py", "version_prefix = ''\n"}}, release).version_tag, "1.0");
}

TEST(Options, LinksLeadToTheCheckoutsOwnOriginOrNowhere) {
  for (const auto& [url, address] : std::vector<std::pair<std::string, std::string>>{
           {"https://github.com/me/lib.git", "https://github.com/me/lib"},
           {"git@github.com:me/lib.git", "https://github.com/me/lib"},
           {"ssh://git@github.com:22/me/lib", "https://github.com/me/lib"},
           {"https://user:secret@github.com/me/lib/", "https://github.com/me/lib"},
           {"https://gitlab.example.org/group/part/lib.git", "https://gitlab.example.org/group/part/lib"},
           {"https://git.example.org/me/lib", ""},
           {"/srv/git/lib.git", ""},
           {"../lib", ""}}) {
    const BuildOptions options =
        resolve({{"p/.git/config",
                  "[core]\n\tbare = false\n[remote \"fork\"]\n\turl = x\n[remote \"origin\"]\n\turl = " + url + "\n"}});
    EXPECT_EQ(options.repository_url(), address) << url;
  }
  // A worktree shares what its repository knows.
  const Files worktree{{"p/.git", "gitdir: ../main/.git/worktrees/p\n"},
                       {"main/.git/worktrees/p/HEAD", "ref: refs/heads/topic\n"},
                       {"main/.git/worktrees/p/commondir", "../..\n"},
                       {"main/.git/refs/heads/topic", "0123abcd\n"},
                       {"main/.git/config", "[remote \"upstream\"]\n\turl = git@codeberg.org:me/lib\n"}};
  EXPECT_EQ(resolve(worktree).repository_url(), "https://codeberg.org/me/lib");
  // Sources of a pull request's documentation are those of its commit.
  BuildOptions request;
  request.version = "pr_12";
  EXPECT_EQ(resolve(worktree, request).version_tag, "0123abcd");
  EXPECT_EQ(resolve({}, request).version_tag, "main");
}

TEST(Options, AddressesOfFilesAreTheHosts) {
  EXPECT_EQ(reading_address("https://github.com/me/lib", "v1"), "https://github.com/me/lib/blob/v1/");
  EXPECT_EQ(editing_address("https://gitlab.com/me/lib", "main"), "https://gitlab.com/me/lib/-/edit/main/");
  EXPECT_EQ(reading_address("", "v1"), "");
  EXPECT_EQ(host_name("https://gitlab.example.org/me/lib"), "GitLab");
}

TEST(Options, TheDefaultBranchIsTheOriginsOwn) {
  const Files origin{{"p/.git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/master\n"}};
  EXPECT_EQ(resolve(origin).version, "master");
  Files both = origin;
  both.emplace("p/docs/source/_config.py", "default_branch_name = 'main'\n");
  EXPECT_EQ(resolve(both).version, "main");
}

TEST(Options, Settings) {
  const Files files{{"p/docs/source/veneer-docs.yml",
                     "title: The Library\nsite_url: https://x.y\nrepo_owner: me\n"
                     "repo_name: repo\nexternal:\n  torch:\n    url: https://torch\n"
                     "    inventory: inv/torch.inv\n"},
                    {"p/docs/source/en/veneer-docs.yml", "title: Nearer\n"}};
  const BuildOptions options = resolve(files);
  EXPECT_EQ(options.title, "Nearer");
  EXPECT_EQ(options.site_url, "https://x.y");
  EXPECT_EQ(options.repository_url(), "https://github.com/me/repo");
  ASSERT_EQ(options.external.size(), 1U);
  EXPECT_EQ(options.external[0].url, "https://torch");
  EXPECT_TRUE(options.external[0].inventory.string().ends_with("docs/source/inv/torch.inv"));
  BuildOptions asked;
  asked.title = "Asked";
  asked.repo_owner = "you";
  const BuildOptions stays = resolve(files, asked);
  EXPECT_EQ(stays.title, "Asked");
  EXPECT_EQ(stays.repository_url(), "https://github.com/you/repo");
}

TEST(Options, SettingsNameTheSources) {
  const Files files{{"p/docs/source/en/veneer-docs.yml", "source_language: cpp\n"}, {"p/src/lib/a.h", ""}};
  const BuildOptions options = resolve(files);
  EXPECT_EQ(options.source_kind, SourceKind::cpp);
  EXPECT_EQ(options.source_root, "p/src");
  BuildOptions asked;
  asked.source_kind = SourceKind::none;
  EXPECT_EQ(resolve(files, asked).source_kind, SourceKind::none);
  EXPECT_EQ(resolve({}).source_kind, SourceKind::python);
}

TEST(Options, AnEmptyOwnerMeansNoRepository) {
  const BuildOptions options = resolve({{"p/docs/source/en/veneer-docs.yml", "repo_owner: ''\n"}});
  EXPECT_EQ(options.repository_url(), "");
  EXPECT_EQ(write_llms(options, {{"guide/first", "First", ""}}), "# Lib\n\n## Docs\n\n- [First](guide/first.md)\n");
}

TEST(Options, SettingsThatAreWrongAreRefused) {
  for (const char* text : {"tilte: A\n", "title: [a]\n", "- a\n", "just text\n", "title: [\n", "external: {a: b}\n",
                           "external: {a: {url: b}}\n", "site_url: javascript:x\n", "source_language: fortran\n"})
    EXPECT_THROW(resolve({{"p/docs/source/en/veneer-docs.yml", text}}), Error) << text;
  EXPECT_NO_THROW(resolve({{"p/docs/source/en/veneer-docs.yml", ""}}));
}

TEST(Options, WhatIsWrongWithSettingsIsSaid) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"tilte: A\n", "veneer-docs.yml:1: there is no setting tilte; did you mean title?"},
      {"title: A\n\tsite_url: b\n", "veneer-docs.yml:2: the line is indented with a tab; YAML is indented with spaces"},
      {"title: A: b\n", "veneer-docs.yml:1: `title: A: b` has a colon in its value; put the value in quotes"},
      {"title: [a]\n", "veneer-docs.yml:1: value: expected one value, found a list or map"},
      {"checks:\n  large-imag: off\n",
       "veneer-docs.yml:2: checks: there is no rule large-imag; did you mean large-image?"},
      {"checks: {no-sentence: maybe}\n", "veneer-docs.yml:1: checks: no-sentence: expected off, found maybe"},
      {"external: {mine: a.inv}\n", "where mine is documented is not known"},
      {"external: nowhere\n", "is no folder of inventories"}};
  for (const auto& [yaml, message] : cases) {
    try {
      resolve({{"p/docs/source/en/veneer-docs.yml", yaml}});
      ADD_FAILURE() << yaml;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
    }
  }
}

TEST(Options, ChecksAndInventories) {
  const BuildOptions options = resolve(
      {{"p/docs/source/en/veneer-docs.yml", "checks: {no-sentence: off, large-image: 500}\nexternal: inventories\n"},
       {"p/docs/source/en/inventories/torch.inv", ""},
       {"p/docs/source/en/inventories/numpy/objects.inv", ""}});
  EXPECT_EQ(options.unchecked, std::set<std::string>{"no-sentence"});
  EXPECT_EQ(options.largest_image, 500'000U);
  ASSERT_EQ(options.external.size(), 2U);
  EXPECT_EQ(options.external[0].url, "https://numpy.org/doc/stable/");
  EXPECT_EQ(options.external[1].url, "https://docs.pytorch.org/docs/stable/");
  EXPECT_TRUE(options.external[1].inventory.string().ends_with("inventories/torch.inv"));
}

TEST(Options, NamesMustBeFolders) {
  for (const char* version : {"..", "a/b", ".", "a\\b"}) {
    BuildOptions options;
    options.version = version;
    EXPECT_THROW(resolve({}, options), Error) << version;
  }
  BuildOptions options;
  options.docs = "/nowhere/at/all";
  EXPECT_THROW(resolve_options(options), Error);
}

TEST(Options, EnglishStandsInForOtherLanguages) {
  const TemporaryTree tree({{"p/docs/source/en/index.md", "# A\n"}, {"p/docs/source/ko/index.md", "# B\n"}});
  BuildOptions options;
  options.library = "lib";
  options.language = "ko";
  options.docs = tree.root() / "p/docs/source/ko";
  resolve_options(options);
  EXPECT_TRUE(std::filesystem::equivalent(options.fallback, tree.root() / "p/docs/source/en"));
}

}  // namespace
}  // namespace veneer::docs
