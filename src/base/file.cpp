#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace veneer {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(std::filesystem::path path)
      : path_(std::move(path)), fd_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) fail(ErrorCode::not_found, "{}: cannot open: {}", path_.string(), std::strerror(errno));
  }
  ~FileDescriptor() { ::close(fd_); }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] struct stat status() const {
    struct stat result {};
    if (::fstat(fd_, &result) != 0)
      fail(ErrorCode::not_found, "{}: cannot read its size: {}", path_.string(), std::strerror(errno));
    if (!S_ISREG(result.st_mode)) fail(ErrorCode::invalid_argument, "{}: expected a file", path_.string());
    return result;
  }

 private:
  std::filesystem::path path_;
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

/// A file of its own beside `target`, which vanishes unless it takes the target's place.
class PartialFile {
 public:
  /// `shown` is what messages call the target.
  PartialFile(const std::filesystem::path& target, const std::filesystem::path& shown)
      : target_(target), shown_(shown) {
    static std::atomic<unsigned> count = 0;
    do {
      path_ = target;
      path_ += fmt::format(".{}-{}.part", ::getpid(), ++count);
      fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (fd_ < 0 && errno == EEXIST);
    if (fd_ < 0) give_up(errno);
  }
  ~PartialFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!placed_) ::unlink(path_.c_str());
  }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno != EINTR) give_up(errno);
      if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void set_mode(::mode_t mode) {
    if (::fchmod(fd_, mode) != 0) give_up(errno);
  }
  /// Its bytes are on the disk before its name is.
  void take_place() {
    if (::fsync(fd_) != 0) give_up(errno);
    if (::close(std::exchange(fd_, -1)) != 0) give_up(errno);
    if (::rename(path_.c_str(), target_.c_str()) != 0) give_up(errno);
    placed_ = true;
  }

 private:
  [[noreturn]] void give_up(int reason) const {
    fail(ErrorCode::invalid_argument, "{}: cannot write: {}", shown_.string(), std::strerror(reason));
  }

  std::filesystem::path target_, shown_, path_;
  int fd_ = -1;
  bool placed_ = false;
};

}  // namespace

/// The open file, and what it looked like.
struct MappedFile::Identity {
  explicit Identity(const std::filesystem::path& path) : file(path), status(file.status()) {}
  FileDescriptor file;
  struct stat status;
};

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  return std::shared_ptr<const MappedFile>(new MappedFile(path));
}

MappedFile::MappedFile(std::filesystem::path path)
    : path_(std::move(path)), identity_(std::make_unique<const Identity>(path_)) {
  const auto size = static_cast<std::size_t>(identity_->status.st_size);
  if (size == 0) return;
  void* const data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, identity_->file.get(), 0);
  if (data == MAP_FAILED) fail(ErrorCode::out_of_memory, "{}: cannot map: {}", path_.string(), std::strerror(errno));
  data_ = static_cast<const std::byte*>(data);
  size_ = size;
}

MappedFile::~MappedFile() {
  if (size_ > 0) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::require_unchanged() const {
  const struct stat now = identity_->file.status(), &then = identity_->status;
  if (now.st_size != then.st_size || now.st_mtim.tv_sec != then.st_mtim.tv_sec ||
      now.st_mtim.tv_nsec != then.st_mtim.tv_nsec)
    fail(ErrorCode::corrupt_file,
         "{}: was written to while it is in use: files of a model that runs may be replaced by renaming, not in place",
         path_.string());
}

void MappedFile::release_pages() const noexcept {
  if (size_ > 0) ::madvise(const_cast<std::byte*>(data_), size_, MADV_DONTNEED);
}

std::string read_text_file(const std::filesystem::path& path) {
  const FileDescriptor file(path);
  std::string text(static_cast<std::size_t>(file.status().st_size), '\0');
  std::size_t size = 0;
  for (;;) {  // not mapped: the file may shrink or grow meanwhile
    if (size == text.size()) text.resize(size + 4096);
    const ssize_t read = ::read(file.get(), text.data() + size, text.size() - size);
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) fail(ErrorCode::not_found, "{}: cannot read: {}", path.string(), std::strerror(errno));
    if (read == 0) break;
    size += static_cast<std::size_t>(read);
  }
  text.resize(size);
  return text;
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  const std::filesystem::path target = end_of_links(path);
  struct stat status {};
  const bool exists = ::stat(target.c_str(), &status) == 0;
  if (exists) {  // renaming over it would ask nobody
    if (!S_ISREG(status.st_mode)) fail(ErrorCode::invalid_argument, "{}: cannot write: expected a file", path.string());
    if (::access(target.c_str(), W_OK) != 0)
      fail(ErrorCode::invalid_argument, "{}: cannot write: {}", path.string(), std::strerror(errno));
  }
  PartialFile file(target, path);
  file.write(bytes);
  if (exists) file.set_mode(status.st_mode & 07777);
  file.take_place();
}

std::vector<std::filesystem::path> folder_entries(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> result;
  try {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) result.push_back(entry.path());
  } catch (const std::filesystem::filesystem_error& error) {
    fail(ErrorCode::not_found, "{}: cannot list: {}", folder.string(), error.code().message());
  }
  std::ranges::sort(result);
  return result;
}

}  // namespace veneer
