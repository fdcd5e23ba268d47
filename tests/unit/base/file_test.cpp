#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

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

TEST_F(WriteFile, ManyMayWriteOneFile) {
  const fs::path path = folder_ / "a";
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (int t = 0; t < 40; ++t)
    threads.emplace_back([&, t] {
      try {
        write_file(path, std::string(10000, static_cast<char>('a' + t % 26)));
      } catch (const Error&) {
        ++failures;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  const std::string text = read_text_file(path);
  EXPECT_EQ(text, std::string(10000, text.at(0)));
  EXPECT_THAT(names(), testing::ElementsAre("a"));
}

TEST_F(WriteFile, KeepsTheModeOfTheFile) {
  const fs::path path = folder_ / "a";
  write_file(path, "old");
  const auto mode = fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read;
  fs::permissions(path, mode);
  write_file(path, "new");
  EXPECT_EQ(fs::status(path).permissions(), mode);
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

using MappedFileTest = WriteFile;

TEST_F(MappedFileTest, KnowsWhetherItWasWrittenTo) {
  const fs::path path = folder_ / "weights";
  write_file(path, std::string(5000, 'a'));
  const auto file = MappedFile::open(path);
  EXPECT_NO_THROW(file->require_unchanged());
  write_file(path, std::string(5000, 'b'));  // renames
  EXPECT_NO_THROW(file->require_unchanged());
  EXPECT_EQ(file->bytes()[0], std::byte{'a'});

  const auto second = MappedFile::open(path);
  fs::resize_file(path, 10);
  try {
    second->require_unchanged();
    ADD_FAILURE() << "not noticed";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt_file);
    EXPECT_THAT(error.what(), testing::StartsWith(path.string() + ": was written to while it is in use"));
  }
  EXPECT_NO_THROW(file->require_unchanged());  // the other file, which has no name any more
}

}  // namespace
}  // namespace veneer
