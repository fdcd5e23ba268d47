#include "docs/site/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>

#include "base/error.h"
#include "docs/site/work.h"

namespace veneer::docs {
namespace fs = std::filesystem;
namespace {

void write_whole(const fs::path& file, std::string_view bytes) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0)
    fail(ErrorCode::invalid_argument, "{}: cannot be written: {}", file.string(), std::strerror(errno));
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      ::close(descriptor);
      fail(ErrorCode::invalid_argument, "{}: cannot be written: {}", file.string(), std::strerror(error));
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  ::close(descriptor);
}

}  // namespace

void SiteOutput::check(const std::string& path) {
  const fs::path relative(path);
  bool inside = !path.empty() && !relative.is_absolute();
  for (const fs::path& part : relative) inside = inside && part != "..";
  if (!inside) fail(ErrorCode::internal, "site: \"{}\" leads out of the build folder", path);
}

void SiteOutput::open() {
  std::error_code ignored;
  const std::size_t root = site_.string().size() + 1;
  for (fs::recursive_directory_iterator entry(site_, ignored), end; entry != end; entry.increment(ignored))
    if (!entry->is_directory(ignored)) old_files_.insert(entry->path().string().substr(root));
}

void SiteOutput::write(const std::string& path, std::string contents) {
  check(path);
  written_.insert_or_assign(path, std::move(contents));
}

void SiteOutput::copy(const std::string& path, fs::path from) {
  check(path);
  copied_.emplace_back(path, std::move(from));
}

void SiteOutput::keep(const std::string& path) {
  check(path);
  kept_.push_back(path);
}

void SiteOutput::stage(const fs::path& folder) {
  try {
    fs::remove_all(folder);
    fs::create_directories(folder);
    std::unordered_set<std::string> folders;
    const auto place = [&](const std::string& path) {
      fs::path file = folder / path;
      if (folders.insert(file.parent_path().string()).second) fs::create_directories(file.parent_path());
      return file;
    };
    for (const std::string& path : kept_) {
      if (written_.contains(path)) continue;
      const fs::path to = place(path);
      std::error_code error;
      fs::create_hard_link(site_ / path, to, error);
      if (error) fs::copy_file(site_ / path, to);
    }
    for (const auto& [path, from] : copied_) {
      if (written_.contains(path)) continue;
      const fs::path to = place(path);
      fs::remove(to);  // it may be the old site's file too
      fs::copy_file(from, to);
    }
    std::vector<std::pair<fs::path, std::string_view>> files;
    for (const auto& [path, contents] : written_) files.emplace_back(place(path), contents);
    std::mutex mutex;
    std::optional<Error> problem;
    for_each_index(files.size(), [&](std::size_t i) {
      try {
        write_whole(files[i].first, files[i].second);
      } catch (const Error& error) {
        const std::lock_guard lock(mutex);
        problem = error;
      }
    });
    if (problem) throw *problem;
  } catch (const fs::filesystem_error& error) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    fail(ErrorCode::invalid_argument, "{}: cannot be written: {}", folder.string(), error.code().message());
  }
}

void SiteOutput::publish() {
  const fs::path staging = site_.string() + ".new", old = site_.string() + ".old";
  stage(staging);
  try {
    fs::remove_all(old);
    if (fs::exists(site_)) {
      // Both names exist at all times: readers see the old site or the new one.
      if (::renameat2(AT_FDCWD, staging.c_str(), AT_FDCWD, site_.c_str(), RENAME_EXCHANGE) == 0) {
        fs::remove_all(staging);
        return;
      }
      fs::rename(site_, old);
    }
    fs::rename(staging, site_);
    fs::remove_all(old);
  } catch (const fs::filesystem_error& error) {
    fail(ErrorCode::invalid_argument, "{}: cannot be replaced: {}", site_.string(), error.code().message());
  }
}

void SiteOutput::publish_to(const fs::path& folder) {
  stage(folder);
}

}  // namespace veneer::docs
