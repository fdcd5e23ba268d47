#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace veneer {
namespace {

namespace fs = std::filesystem;

class WriteFile : public testing::Test {
 protected:
  WriteFile() { fs::create_directory(folder_); }
  ~WriteFile() override { fs::remove_all(folder_); }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }
  static std::string refusal(const fs::path& path) {
    try {
      write_file(path, "new");
    } catch (const Error& error) {
      return error.what();
    }
    return "written";
  }

  const fs::path folder_ =
      testing::TempDir() + "veneer-write-file-" + testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(WriteFile, ReplacesAndLeavesNothingBeside) {
  write_file(folder_ / "a", "old and longer");
  write_file(folder_ / "a", "new");
  EXPECT_EQ(read_text_file(folder_ / "a"), "new");
  EXPECT_THAT(names(), testing::ElementsAre("a"));
}

TEST_F(WriteFile, FollowsLinks) {
  write_file(folder_ / "a", "old");
  fs::create_symlink("a", folder_ / "link");
  fs::create_symlink("b", folder_ / "to nothing yet");
  write_file(folder_ / "link", "new");
  write_file(folder_ / "to nothing yet", "first");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(read_text_file(folder_ / "a"), "new");
  EXPECT_EQ(read_text_file(folder_ / "b"), "first");
}

TEST_F(WriteFile, RefusesWhatIsNoFile) {
  const std::string folder = (folder_ / "folder").string();
  fs::create_directory(folder);
  EXPECT_EQ(refusal(folder), folder + ": cannot write: expected a file");
  EXPECT_EQ(refusal("/dev/null"), "/dev/null: cannot write: expected a file");
  EXPECT_EQ(refusal(folder_ / "none" / "a"),
            (folder_ / "none" / "a").string() + ": cannot write: No such file or directory");
  EXPECT_THAT(names(), testing::ElementsAre("folder"));
}

}  // namespace
}  // namespace veneer
