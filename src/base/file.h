// Files as bytes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace veneer {

/// A file mapped read-only into memory. The mapping lives as long as any copy of the pointer that `open` gives.
/// Immutable: may be shared by threads.
class MappedFile {
 public:
  /// Throws Error not_found (no such file, no permission) or invalid_argument (a directory).
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, size_}; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Throws Error corrupt_file if the file was written to since it was opened: its bytes are then those of neither
  /// version, and may end too soon. A file that was renamed over, or removed, is as it was.
  void require_unchanged() const;

  /// Tells the system that these pages are not needed soon; reading them again still works.
  void release_pages() const noexcept;

 private:
  struct Identity;
  explicit MappedFile(std::filesystem::path path);
  std::filesystem::path path_;
  std::unique_ptr<const Identity> identity_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Whole file as text. Throws like MappedFile::open.
std::string read_text_file(const std::filesystem::path& path);

/// What stands in a folder, sorted. Throws Error not_found.
std::vector<std::filesystem::path> folder_entries(const std::filesystem::path& folder);

/// Writes beside the target and renames over it, so that a reader sees the old bytes or the new ones, never a part,
/// even after the power failed. Any number of threads and processes may write one file: the last wins. A file that is
/// replaced keeps its mode; a link is followed. Throws Error invalid_argument, with nothing left behind; also for a
/// target that may not be written or is no plain file.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace veneer
