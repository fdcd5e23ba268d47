// The lists beside the pages: objects.inv, llms.txt, sitemap.xml, versions.
#include <gtest/gtest.h>
#include <zlib.h>

#include "base/error.h"
#include "docs/site/feeds.h"
#include "docs/site/inventory.h"
#include "temporary_tree.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

std::string unpacked(std::string_view bytes) {
  std::string out(10000, '\0');
  uLongf size = out.size();
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                       bytes.size()),
            Z_OK);
  out.resize(size);
  return out;
}

const std::vector<InventoryEntry> kEntries{{"api/model", "std:doc", "api/model.html", "The model"},
                                           {"lib.Model", "py:class", "api/model.html#lib.Model", ""},
                                           {"lib.Model.run", "py:method", "api/model.html#lib.Model.run", ""},
                                           {"a name (int)", "cpp:function", "b.html#f", ""}};

TEST(Inventory, IsSphinxsFormat) {
  const std::string bytes = write_inventory("lib", "v1.2", kEntries);
  const std::string header =
      "# Sphinx inventory version 2\n# Project: lib\n# Version: v1.2\n# The remainder of this file is compressed using "
      "zlib.\n";
  ASSERT_TRUE(bytes.starts_with(header));
  EXPECT_EQ(unpacked(std::string_view(bytes).substr(header.size())),
            "api/model std:doc 1 api/model.html The model\nlib.Model py:class 1 api/model.html#lib.Model -\n"
            "lib.Model.run py:method 1 api/model.html#lib.Model.run -\na name (int) cpp:function 1 b.html#f -\n");
}

TEST(Inventory, IsReadAsWritten) {
  const std::vector<InventoryEntry> read = read_inventory(write_inventory("lib", "main", kEntries), "objects.inv");
  ASSERT_EQ(read.size(), kEntries.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].name, kEntries[i].name);
    EXPECT_EQ(read[i].role, kEntries[i].role);
    EXPECT_EQ(read[i].address, kEntries[i].address);
    EXPECT_EQ(read[i].title, kEntries[i].title);
  }
}

// "$" stands for the name at an address's end, as Sphinx writes it.
TEST(Inventory, ShortAddresses) {
  const auto read = read_inventory(write_inventory("lib", "main", {{"torch.add", "py:function", "t.html#$", ""}}), "t");
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].address, "t.html#torch.add");
}

TEST(Inventory, DamagedFilesAreRefused) {
  const std::string whole = write_inventory("lib", "main", kEntries);
  for (const std::string& bytes : {std::string(), std::string("# Sphinx inventory version 1\n"), whole.substr(0, 60),
                                   whole.substr(0, whole.size() - 5), whole.substr(0, 120) + "x"})
    EXPECT_THROW(static_cast<void>(read_inventory(bytes, "objects.inv")), Error) << bytes.size();
}

BuildOptions options() {
  BuildOptions options;
  options.library = "my_lib";
  options.title = "my_lib";
  options.version = "v1.2.0";
  options.repo_owner = "me";
  options.repo_name = "repo";
  return options;
}

const std::vector<FeedPage> kPages{{"index", "Start", "# Start\n\ntext\n"}, {"a/b", "A & B", "# A\n"}};

TEST(Feeds, Llms) {
  BuildOptions named = options();
  named.site_url = "https://x.y/docs/";
  EXPECT_EQ(write_llms(named, kPages),
            "# My Lib\n\n## Docs\n\n- [Start](https://x.y/docs/index.md)\n- [A & B](https://x.y/docs/a/b.md)\n");
  EXPECT_EQ(
      write_llms_full(named, kPages),
      write_llms(named, kPages) +
          "\n### Start\nhttps://x.y/docs/index.md\n\n# Start\n\ntext\n\n### A & B\nhttps://x.y/docs/a/b.md\n\n# A\n");
}

TEST(Feeds, Sitemap) {
  EXPECT_EQ(write_sitemap(options(), kPages),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset "
            "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
            "<url><loc>https://me.github.io/repo/my_lib/v1.2.0/en/index.html</loc></url>\n"
            "<url><loc>https://me.github.io/repo/my_lib/v1.2.0/en/a/b.html</loc></url>\n</urlset>\n");
}

struct VersionsCase {
  std::string version, before, after;
};

TEST(Versions, AreInsertedInDescendingOrder) {
  const std::string list = "- version: main\n- version: v1.10.0\n- version: v1.2.0\n";
  const std::vector<VersionsCase> cases{
      {"v1.9.0", list, "- version: main\n- version: v1.10.0\n- version: v1.9.0\n- version: v1.2.0\n"},
      {"v2.0.0", list, "- version: main\n- version: v2.0.0\n- version: v1.10.0\n- version: v1.2.0\n"},
      {"v0.1", list, list + "- version: v0.1\n"},
      {"v1.2.0", list, list},
      {"main", list, list},
      {"pr_12", list, list},
  };
  for (const VersionsCase& one : cases) {
    const TemporaryTree tree({{"lib/_versions.yml", one.before}, {"lib/" + one.version + "/en/index.html", ""}});
    BuildOptions build;
    build.library = "lib";
    build.version = one.version;
    build.build = tree.root();
    update_versions(build);
    EXPECT_EQ(read_text_file(tree.root() / "lib/_versions.yml"), one.after) << one.version;
  }
}

TEST(Versions, TheFirstMustBeTheDefaultBranch) {
  for (const char* list : {"- version: v1\n", "[]", "- [\n", "text"}) {
    const TemporaryTree tree(std::map<std::string, std::string>{{"lib/_versions.yml", list}});
    BuildOptions build;
    build.library = "lib";
    build.version = "v2";
    build.build = tree.root();
    EXPECT_THROW(update_versions(build), Error) << list;
  }
}

// Pages learn from scripts which versions and languages stand beside them.
TEST(Versions, PickersReadWhatIsBuilt) {
  const TemporaryTree tree({{"lib/main/en/a", ""},
                            {"lib/v1.9/en/a", ""},
                            {"lib/v1.10/en/a", ""},
                            {"lib/v1.10/ko/a", ""},
                            {"lib/v1.10/en.failed/a", ""},
                            {"lib/pr_7/en/a", ""},
                            {"lib/_x/a", ""}});
  BuildOptions build;
  build.library = "lib";
  build.version = "v1.10";
  build.build = tree.root();
  update_versions(build);
  const std::string list =
      R"([{"languages":["en"],"version":"main"},{"languages":["en","ko"],"version":"v1.10"},{"languages":["en"],"version":"v1.9"}])";
  EXPECT_EQ(read_text_file(tree.root() / "lib/_versions.js"), "veneerVersions=" + list + ";\n");
  EXPECT_EQ(read_text_file(tree.root() / "lib/versions.json"), list + "\n");
  EXPECT_EQ(read_text_file(tree.root() / "lib/v1.10/_languages.js"), "veneerLanguages=[\"en\",\"ko\",];\n");
  EXPECT_FALSE(fs::exists(tree.root() / "lib/_versions.yml"));
}

}  // namespace
}  // namespace veneer::docs
