// Files as bytes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

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

  /// Tells the system that these pages are not needed soon; reading them again still works.
  void release_pages() const noexcept;

 private:
  MappedFile(std::filesystem::path path, const std::byte* data, std::size_t size);
  std::filesystem::path path_;
  const std::byte* data_;
  std::size_t size_;
};

/// Whole file as text. Throws like MappedFile::open.
std::string read_text_file(const std::filesystem::path& path);

/// Writes beside the target and renames over it, so that a reader sees the old bytes or the new ones, never a part. A
/// link is followed. Throws Error invalid_argument, with nothing left behind; also for a target that may not be written
/// or is no plain file.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace veneer
