// A whole build: which files it writes, what it says of settings, and what a second build does anew.
#include "docs/site/build.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "docs/site/inventory.h"
#include "support/small_site.h"
#include "temporary_tree.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

const std::string kDocs = "p/docs/source/en/";

class SiteBuild : public testing::Test {
 protected:
  // Writes `files` into the project p, beside those that are there, and builds its docs.
  BuildResult build(const Files& files, const std::string& language = "en") {
    for (const auto& [name, text] : files) {
      fs::create_directories((root_ / name).parent_path());
      write_file(root_ / name, text);
    }
    BuildOptions options;
    options.library = "lib";
    options.language = language;
    options.docs = root_ / "p/docs/source" / language;
    options.build = root_ / "build";
    resolve_options(options);
    return build_site(options, [](const BuildOptions&, Findings&) { return std::make_unique<FewObjects>(); });
  }

  // "file:line: rule", without the project's folder.
  static std::vector<std::string> findings(const BuildResult& result) {
    std::vector<std::string> out;
    for (const Finding& finding : result.findings)
      out.push_back(finding.where.file.substr(finding.where.file.rfind('/') + 1) + ":" +
                    std::to_string(finding.where.line) + ": " + finding.rule);
    return out;
  }

  std::string read(const std::string& file) const { return read_text_file(root_ / "build/lib/main" / file); }
  bool exists(const std::string& file) const { return fs::exists(root_ / "build/lib/main" / file); }
  fs::path root() const { return root_; }

 private:
  TemporaryTree tree_{Files{{"p/docs/source/en/index.md", "# Start\n"}}};
  fs::path root_ = fs::canonical(tree_.root());
};

TEST_F(SiteBuild, LinksAreFollowedWithinTheRepository) {
  fs::create_symlink(root() / "p/README.md", root() / (kDocs + "readme.md"));
  fs::create_directory_symlink(root() / "p/elsewhere", root() / (kDocs + "linked"));
  fs::create_directory_symlink(root() / kDocs, root() / (kDocs + "itself"));
  fs::create_symlink(root() / "secret.md", root() / (kDocs + "secret.md"));
  const BuildResult result = build(
      {{"secret.md", "# Secret\n"},
       {"p/README.md", "# Read me\n"},
       {"p/elsewhere/one.md", "# One\n"},
       {kDocs + "index.md", "# Home\n\n[one](linked/one) [read](readme)\n"},
       {kDocs + "_toctree.yml",
        "- {local: index, title: Home}\n- {local: linked/one, title: One}\n- {local: readme, title: Read me}\n"}});
  EXPECT_EQ(findings(result), std::vector<std::string>{"secret.md:1: outside-link"});
  EXPECT_NE(read("en/linked/one.html").find("One<a"), std::string::npos);
  EXPECT_NE(read("en/readme.html").find("Read me<a"), std::string::npos);
  EXPECT_FALSE(exists("en/secret.html"));
}

TEST_F(SiteBuild, WritesPagesAssetsAndLists) {
  const BuildResult result =
      build({{kDocs + "guide/a.md", "# A\n\n![a cat](../imgs/cat.png)\n"},
             {kDocs + "imgs/cat.png", "png"},
             {kDocs + "notes.txt", "notes"},
             {kDocs + "__skipped__/a.txt", ""},
             {kDocs + "_hidden.md", "# H\n"},
             {kDocs + ".hidden/a.md", "# H\n"},
             {kDocs + "_toctree.yml", "- {local: index, title: Start}\n- {local: guide/a, title: A}\n"}});
  EXPECT_EQ(findings(result), std::vector<std::string>{});
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(result.site))
    if (entry.is_regular_file()) files.insert(entry.path().lexically_relative(result.site).string());
  EXPECT_EQ(files,
            (std::set<std::string>{"404.html", "_assets/build-state.bin", "_assets/pages.js", "_assets/search-index.js",
                                   "_assets/site.css", "_assets/site.js", "_assets/veneer-math.woff2", "_toctree.yml",
                                   "guide/a.html", "guide/a.md", "imgs/cat.png", "index.html", "index.md",
                                   "llms-full.txt", "llms.txt", "notes.txt", "objects.inv", "sitemap.xml"}));
  EXPECT_NE(read("en/guide/a.html").find("<img src=\"../imgs/cat.png\""), std::string::npos);
  EXPECT_EQ(read("en/guide/a.md"), "# A\n\n![a cat](../imgs/cat.png)\n");
}

struct FindingsCase {
  Files files;
  std::vector<std::string> findings;
};

TEST_F(SiteBuild, Findings) {
  const std::string start = "- {local: index, title: Start}\n";
  const std::vector<FindingsCase> cases{
      {{}, {"_toctree.yml:1: missing-toctree"}},
      {{{"_toctree.yml", start}, {"README.md", "# R\n"}}, {}},
      {{{"_toctree.yml", start + "- {local: indx, title: I}\n"}}, {"_toctree.yml:2: missing-page"}},
      {{{"_toctree.yml", start + start}}, {"_toctree.yml:2: repeated-page"}},
      {{{"_toctree.yml", start + "- {local: index, title: I}\n"}}, {}},
      {{{"_toctree.yml", "- title: A: b\n"}, {"a.md", "# A\n"}}, {"_toctree.yml:1: bad-toctree"}},
      {{{"_toctree.yml", start}, {"a.md", "# A\n"}}, {"a.md:1: unlisted-page"}},
      {{{"_config.py", "disable_toc_check = True\n"}}, {}},
      {{{"a.md", "# A\n\n[b](index#nowhere)\n"}}, {"a.md:3: broken-anchor"}},
      {{{"a.md", "# A\n\n[b](#a) [c](index#start)\n"}}, {}},
      {{{"_redirects.yml", "old: index\nolder: nowhere\n../out: index\n"}},
       {"_redirects.yml:2: bad-redirects", "_redirects.yml:3: bad-redirects"}},
      {{{"_redirects.yml", "- [\n"}}, {"_redirects.yml:1: bad-redirects"}},
      {{{"_redirects.yml", "- old\n"}}, {"_redirects.yml:1: bad-redirects"}},
      {{{"_redirects.yml", "old: [index]\n"}}, {"_redirects.yml:1: bad-redirects"}},
      {{{"_redirects.yml", ""}, {"a.mdx", "# Again\n"}}, {"a.mdx:1: two-sources"}},
  };
  Files files;
  for (const FindingsCase& one : cases) {
    std::string description;
    for (const auto& [name, text] : one.files) {
      files[kDocs + name] = text;
      description += name + ": " + text;
    }
    EXPECT_EQ(findings(build(files)), one.findings) << description;
    files.clear();
  }
}

TEST_F(SiteBuild, OldAddressesLeadToTheNewOnes) {
  const BuildResult result = build(
      {{kDocs + "old.md", "# Moved\n"},
       {kDocs + "a.md", "# A\n\n[b](old)\n"},
       {kDocs + "_redirects.yml", "older/place: a\nelsewhere: https://x.y/z\na: index\n"},
       {kDocs + "_toctree.yml",
        "- {local: index, title: Start}\n- {local: a, title: A}\n- {local: old, newlocal: new/place, title: M}\n"}});
  EXPECT_EQ(findings(result), std::vector<std::string>{});
  EXPECT_NE(read("en/new/place.html").find("<h1 id=\"moved\">"), std::string::npos);
  EXPECT_NE(read("en/a.html").find("<a href=\"new/place.html\">b</a>"), std::string::npos);
  EXPECT_NE(read("en/a.html").find("<h1 id=\"a\">"), std::string::npos);
  for (const auto& [stub, target] : {std::pair("old", "new/place.html"), std::pair("older/place", "../a.html"),
                                     std::pair("elsewhere", "https://x.y/z")})
    EXPECT_NE(read(std::string("en/") + stub + ".html").find("url=" + std::string(target) + "\""), std::string::npos)
        << stub;
}

TEST_F(SiteBuild, AFailedBuildLeavesTheOldSite) {
  const std::string start = "- {local: index, title: Start}\n";
  build({{kDocs + "_toctree.yml", start}});
  const BuildResult failed = build({{kDocs + "index.md", "# New\n"}, {kDocs + "unlisted.md", "# U\n"}});
  EXPECT_FALSE(failed.ok(BuildOptions::Strictness::lenient));
  EXPECT_NE(read("en/index.html").find("<h1 id=\"start\">"), std::string::npos);
  EXPECT_NE(read("en.failed/index.html").find("<h1 id=\"new\">"), std::string::npos);
  build({{kDocs + "_toctree.yml", start + "- {local: unlisted, title: U}\n"}});
  EXPECT_NE(read("en/index.html").find("<h1 id=\"new\">"), std::string::npos);
  EXPECT_FALSE(exists("en.failed"));
}

TEST_F(SiteBuild, OnlyWhatChangedIsRendered) {
  const Files files{{kDocs + "a.md", "# A\n\n<include>{\"path\": \"_part.md\"}</include>\n"},
                    {kDocs + "_part.md", "part\n"}};
  EXPECT_EQ(build(files).rendered, 2U);
  EXPECT_EQ(build({}).rendered, 0U);
  EXPECT_EQ(build({{kDocs + "index.md", "# Other start\n"}}).rendered, 1U);
  EXPECT_NE(read("en/index.html").find("Other start"), std::string::npos);
  EXPECT_EQ(build({{kDocs + "_part.md", "another part\n"}}).rendered, 1U);
  EXPECT_NE(read("en/a.html").find("another part"), std::string::npos);
  EXPECT_EQ(build({{kDocs + "b.md", "# B\n"}}).rendered, 3U) << "links may lead to the new page now";
}

TEST_F(SiteBuild, OtherProjectsInventoriesAreLinkedTo) {
  const Files files{{kDocs + "veneer-docs.yml", "external: {np: {url: https://np/doc/, inventory: np.inv}}\n"},
                    {kDocs + "a.md", "# A\n\n[`np.ndarray`]\n"}};
  EXPECT_EQ(findings(build(files)),
            (std::vector<std::string>{"_toctree.yml:1: missing-toctree", "a.md:3: unknown-reference",
                                      "np.inv:1: missing-inventory"}));
  build({{kDocs + "np.inv", write_inventory("np", "main", {{"np.ndarray", "py:class", "api.html#$", ""}})}});
  EXPECT_NE(read("en/a.html").find("<a class=\"ref\" href=\"https://np/doc/api.html#np.ndarray\">"), std::string::npos);
}

TEST_F(SiteBuild, PagesOfAnotherLanguageFallBackToEnglish) {
  const BuildResult result = build({{"p/docs/source/ko/index.md", "# K\n\n[a](only_english)\n\n[b](nowhere)\n"},
                                    {"p/docs/source/ko/_toctree.yml", "- {local: index, title: K}\n"},
                                    {kDocs + "only_english.md", "# E\n"}},
                                   "ko");
  EXPECT_EQ(findings(result), std::vector<std::string>{"index.md:5: broken-link"});
  EXPECT_NE(read("ko/index.html").find("<a href=\"../en/only_english.html\">a</a>"), std::string::npos);
}

}  // namespace
}  // namespace veneer::docs
