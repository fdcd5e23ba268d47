#include "docs/site/options.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "docs/site/feeds.h"
#include "temporary_tree.h"

namespace veneer::docs {
namespace {

BuildOptions options_of(const TemporaryTree& tree) {
  BuildOptions options;
  options.library = "lib";
  options.docs = tree.root() / "docs";
  return options;
}

/// A docs folder with these settings.
std::map<std::string, std::string> settings(const std::string& text) {
  return {{"docs/veneer-docs.yml", text}};
}

BuildOptions resolved(BuildOptions options) {
  resolve_options(options);
  return options;
}

TEST(Options, SettingsNameTheSourcesAndTheRepository) {
  const TemporaryTree tree(
      {{"docs/veneer-docs.yml", "title: The Lib\nsource_language: cpp\nrepo_owner: someone\n"}, {"src/lib/a.h", ""}});
  const BuildOptions options = resolved(options_of(tree));
  EXPECT_EQ(options.title, "The Lib");
  EXPECT_EQ(options.source_kind, SourceKind::cpp);
  EXPECT_EQ(options.source_root, std::filesystem::canonical(tree.root() / "src"));
  EXPECT_EQ(options.repository_url(), "https://github.com/someone/lib");
}

TEST(Options, WhatTheCommandLineSetStays) {
  const TemporaryTree tree(settings("source_language: cpp\nrepo_owner: someone\nrepo_name: x\n"));
  BuildOptions given = options_of(tree);
  given.source_kind = SourceKind::none;
  given.repo_owner = "other";
  given.repo_name = "y";
  const BuildOptions options = resolved(given);
  EXPECT_EQ(options.source_kind, SourceKind::none);
  EXPECT_EQ(options.repository_url(), "https://github.com/other/y");
}

TEST(Options, WithoutSettingsAPythonLibraryOfHuggingFace) {
  const TemporaryTree tree({{"docs/index.md", ""}, {"src/lib/__init__.py", "__version__ = '1.2'\n"}});
  const BuildOptions options = resolved(options_of(tree));
  EXPECT_EQ(options.source_kind, SourceKind::python);
  EXPECT_EQ(options.source_root, std::filesystem::canonical(tree.root() / "src"));
  EXPECT_EQ(options.repository_url(), "https://github.com/huggingface/lib");
  EXPECT_EQ(options.version, "v1.2");
}

TEST(Options, AnEmptyOwnerMeansNoRepository) {
  const TemporaryTree tree(settings("repo_owner: ''\n"));
  const BuildOptions options = resolved(options_of(tree));
  EXPECT_EQ(options.repository_url(), "");
  EXPECT_EQ(write_llms(options, {{"guide/first", "First", ""}}), "# Lib\n\n## Docs\n\n- [First](guide/first.md)\n");
}

TEST(Options, AnUnknownSourceLanguageIsRefused) {
  const TemporaryTree tree(settings("source_language: fortran\n"));
  EXPECT_THROW(resolved(options_of(tree)), Error);
}

}  // namespace
}  // namespace veneer::docs
