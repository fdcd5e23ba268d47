#include "docs/preview/preview.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.h"
#include "docs/preview/served_files.h"
#include "docs/preview/server.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

void write(const fs::path& file, std::string_view text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

class PreviewTest : public testing::Test {
 protected:
  PreviewTest() {
    std::string name = (fs::temp_directory_path() / "veneer-preview-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    write(folder_ / "secret.txt", "secret");
    write(folder_ / "docs/_toctree.yml", "- local: start\n  title: Start\n- local: guide/deep\n  title: Deep\n");
    write(folder_ / "docs/start.md", "# Start\n\nfirst text [deep](guide/deep)\n");
    write(folder_ / "docs/guide/deep.md", "# Deep\n\n<include>{\"path\": \"part.txt\"}</include>\n");
    write(folder_ / "docs/guide/part.txt", "included text\n");
    write(folder_ / "docs/picture.svg", "<svg/>");
  }
  ~PreviewTest() override { fs::remove_all(folder_); }

  BuildOptions options() {
    BuildOptions options;
    options.library = "demo";
    options.docs = folder_ / "docs";
    options.build = folder_ / "build";
    options.version = "main";
    options.source_kind = SourceKind::none;
    resolve_options(options);
    return options;
  }
  std::unique_ptr<Preview> preview() {
    return std::make_unique<Preview>(
        options(), [](const BuildOptions&, Findings&) { return nullptr; }, [](const std::string&) {});
  }
  // Waits until the page's text holds `text`.
  static bool comes_to_hold(Preview& preview, const std::string& page, std::string_view text) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::uint64_t known = 0;
    while (std::chrono::steady_clock::now() < end) {
      if (preview.answer("/" + page).body.find(text) != std::string::npos) return true;
      known = preview.wait_for_news(page, known, milliseconds(200)).number;
    }
    return false;
  }

  fs::path folder_;
};

TEST(ServedPath, NeverLeavesTheFolder) {
  EXPECT_EQ(served_path("/"), "index.html");
  EXPECT_EQ(served_path("/a/"), "a/index.html");
  EXPECT_EQ(served_path("/a/b"), "a/b.html");
  EXPECT_EQ(served_path("/a/b.png"), "a/b.png");
  for (const std::string_view bad : {"", "a", "//a", "/..", "/../a", "/a/../b", "/a/..", "/.hidden", "/a/./b", "/a//b",
                                     "/a\\..\\b", "/a\nb", "/.../a"})
    EXPECT_EQ(served_path(bad), std::nullopt) << bad;
  EXPECT_EQ(served_path(std::string_view("/a\0b", 4)), std::nullopt);
}

TEST(LocalHost, OtherNamesAreRefused) {
  for (const std::string_view good :
       {"localhost", "localhost:3000", "127.0.0.1:80", "[::1]:3000", "[::1]", "a.localhost"})
    EXPECT_TRUE(is_local_host(good)) << good;
  for (const std::string_view bad : {"", "example.org", "localhost.example.org", "127.0.0.1.example.org", "10.0.0.1"})
    EXPECT_FALSE(is_local_host(bad)) << bad;
}

// What a link leads to is outside the folder that is watched.
TEST_F(PreviewTest, LinkedPagesFollowWhatTheyLeadTo) {
  write(folder_ / "README.md", "# Read me\n\nfirst\n");
  write(folder_ / "elsewhere/one.md", "# One\n\nfirst\n");
  fs::create_symlink(folder_ / "README.md", folder_ / "docs/readme.md");
  fs::create_directory_symlink(folder_ / "elsewhere", folder_ / "docs/linked");
  const auto preview = this->preview();
  preview->start();
  ASSERT_TRUE(comes_to_hold(*preview, "readme", "first"));
  ASSERT_TRUE(comes_to_hold(*preview, "linked/one", "first"));
  write(folder_ / "README.md", "# Read me\n\nsecond\n");
  write(folder_ / "elsewhere/one.md", "# One\n\nsecond\n");
  EXPECT_TRUE(comes_to_hold(*preview, "readme", "second"));
  EXPECT_TRUE(comes_to_hold(*preview, "linked/one", "second"));
  preview->stop();
}

TEST_F(PreviewTest, FilesInsideOnly) {
  fs::create_symlink(folder_ / "secret.txt", folder_ / "docs/link.txt");
  EXPECT_TRUE(file_inside(folder_ / "docs", "picture.svg"));
  EXPECT_FALSE(file_inside(folder_ / "docs", "link.txt"));
  EXPECT_FALSE(file_inside(folder_ / "docs", "../secret.txt"));
  EXPECT_FALSE(file_inside(folder_ / "docs", "guide"));
  const auto preview = this->preview();
  EXPECT_EQ(preview->answer("/link.txt").status, 404);
  EXPECT_EQ(preview->answer("/../secret.txt").status, 404);
  EXPECT_EQ(preview->answer("/picture.svg").body, "<svg/>");
  EXPECT_EQ(preview->answer("/picture.svg").type, "image/svg+xml");
}

TEST_F(PreviewTest, PagesAreThereBeforeTheBuild) {
  const auto preview = this->preview();  // not started: nothing is built
  const Preview::Answer start = preview->answer("/start");
  EXPECT_EQ(start.status, 200);
  EXPECT_NE(start.body.find("first text"), std::string::npos);
  EXPECT_NE(preview->answer("/").body.find("first text"), std::string::npos);  // no index: the toctree's first page
  EXPECT_EQ(preview->answer("/nothing").status, 404);
}

TEST_F(PreviewTest, ShowsChanges) {
  const auto preview = this->preview();
  preview->start();
  const auto look = preview->look_at("start");
  const auto deep = preview->look_at("guide/deep");
  ASSERT_TRUE(comes_to_hold(*preview, "guide/deep", "included text"));
  write(folder_ / "docs/start.md", "# Start\n\nsecond text\n");
  EXPECT_TRUE(comes_to_hold(*preview, "start", "second text"));
  write(folder_ / "docs/guide/part.txt", "other part\n");
  EXPECT_TRUE(comes_to_hold(*preview, "guide/deep", "other part"));
  write(folder_ / "docs/new/page.md", "# New\n\na new page\n");
  EXPECT_TRUE(comes_to_hold(*preview, "new/page", "a new page"));
  write(folder_ / "docs/_toctree.yml", "- local: start\n  title: Renamed\n- local: guide/deep\n  title: Deep\n");
  EXPECT_TRUE(comes_to_hold(*preview, "guide/deep", "Renamed"));
  fs::remove(folder_ / "docs/new/page.md");
  for (int i = 0; i < 100 && preview->answer("/new/page").status != 404; ++i)
    (void)preview->wait_for_news("new/page", ~std::uint64_t{0}, milliseconds(100));
  EXPECT_EQ(preview->answer("/new/page").status, 404);
}

TEST_F(PreviewTest, ErrorsNameTheirPlaceAndTheLastGoodPageStays) {
  const auto preview = this->preview();
  preview->start();
  const auto look = preview->look_at("start");
  ASSERT_TRUE(comes_to_hold(*preview, "start", "first text"));
  write(folder_ / "docs/start.md", "# Start\n\n```py\nopen\n");
  std::string errors;
  std::uint64_t known = 0;
  for (int i = 0; i < 100 && errors.find("start.md:3") == std::string::npos; ++i) {
    const Preview::News news = preview->wait_for_news("start", known, milliseconds(200));
    known = news.number;
    errors = news.errors;
  }
  EXPECT_NE(errors.find("docs/start.md:3"), std::string::npos) << errors;
  write(folder_ / "docs/start.md", "# Start\n\nfixed\n");
  EXPECT_TRUE(comes_to_hold(*preview, "start", "fixed"));
}

TEST_F(PreviewTest, PortIsTaken) {
  const auto preview = this->preview();
  PreviewServer first(*preview, 0);
  EXPECT_GT(first.port(), 0);
  try {
    PreviewServer second(*preview, first.port());
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("is taken"), std::string::npos);
  }
}

}  // namespace
}  // namespace veneer::docs
