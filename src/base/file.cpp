#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"

namespace veneer {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(const std::filesystem::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) fail(ErrorCode::not_found, "{}: cannot open: {}", path.string(), std::strerror(errno));
  }
  ~FileDescriptor() { ::close(fd_); }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// Where a chain of links leads, be there a file or not.
std::filesystem::path end_of_links(std::filesystem::path path) {
  constexpr int kMost = 40;  // as Linux
  std::error_code error;
  for (int i = 0; i < kMost && std::filesystem::is_symlink(path, error); ++i)
    path = path.parent_path() / std::filesystem::read_symlink(path, error);
  return path;
}

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const FileDescriptor file(path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0)
    fail(ErrorCode::not_found, "{}: cannot read its size: {}", path.string(), std::strerror(errno));
  if (!S_ISREG(status.st_mode)) fail(ErrorCode::invalid_argument, "{}: expected a file", path.string());
  const auto size = static_cast<std::size_t>(status.st_size);
  void* data = nullptr;
  if (size > 0) {
    data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (data == MAP_FAILED) fail(ErrorCode::out_of_memory, "{}: cannot map: {}", path.string(), std::strerror(errno));
  }
  return std::shared_ptr<const MappedFile>(new MappedFile(path, static_cast<const std::byte*>(data), size));
}

MappedFile::MappedFile(std::filesystem::path path, const std::byte* data, std::size_t size)
    : path_(std::move(path)), data_(data), size_(size) {}

MappedFile::~MappedFile() {
  if (size_ > 0) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::release_pages() const noexcept {
  if (size_ > 0) ::madvise(const_cast<std::byte*>(data_), size_, MADV_DONTNEED);
}

std::string read_text_file(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::error_code error;
  const std::filesystem::path target = end_of_links(path);
  const auto status = std::filesystem::status(target, error);
  if (std::filesystem::exists(status)) {  // renaming over it would ask nobody
    if (!std::filesystem::is_regular_file(status))
      fail(ErrorCode::invalid_argument, "{}: cannot write: expected a file", path.string());
    if (::access(target.c_str(), W_OK) != 0)
      fail(ErrorCode::invalid_argument, "{}: cannot write: {}", path.string(), std::strerror(errno));
  }
  auto partial = target;
  partial += ".part";
  std::ofstream out(partial, std::ios::binary | std::ios::trunc);
  const bool opened = out.is_open();
  const auto give_up = [&](const std::string& reason) {
    if (opened) std::filesystem::remove(partial, error);
    fail(ErrorCode::invalid_argument, "{}: cannot write: {}", path.string(), reason);
  };
  if (!opened) give_up(std::strerror(errno));
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) give_up(std::strerror(errno));
  std::filesystem::rename(partial, target, error);
  if (error) give_up(error.message());
}

}  // namespace veneer
