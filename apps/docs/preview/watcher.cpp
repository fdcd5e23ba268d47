#include "docs/preview/watcher.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/error.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

bool is_skipped_folder(const std::string& name) {
  return name.starts_with('.') || name == "__pycache__" || name == "node_modules";
}

// Of editors: .x.swp, x~, 4913 (vim tries whether it may write), #x#.
bool is_temporary(std::string_view name) {
  return name.starts_with('.') || name.ends_with('~') || name == "4913" || name.starts_with('#') ||
         name.ends_with(".tmp");
}

}  // namespace

Watcher::Watcher()
    : events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (events_ < 0 || wake_ < 0) fail(ErrorCode::unsupported, "inotify: {}", std::strerror(errno));
}

Watcher::~Watcher() {
  if (events_ >= 0) ::close(events_);
  if (wake_ >= 0) ::close(wake_);
}

void Watcher::add(const fs::path& folder, bool tree) {
  constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ONLYDIR;
  const int watch = ::inotify_add_watch(events_, folder.c_str(), kEvents);
  if (watch < 0) {
    if (errno == ENOSPC)
      fail(ErrorCode::unsupported, "{}: no more folders can be watched; raise fs.inotify.max_user_watches",
           folder.string());
    return;
  }
  const auto [entry, fresh] = folders_.try_emplace(watch, Folder{folder, tree});
  if (!fresh && tree) entry->second.tree = true;
}

void Watcher::add_folder(const fs::path& folder) {
  add(folder, false);
}

void Watcher::add_tree(const fs::path& folder) {
  add(folder, true);
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_directory(ignored) || entry->is_symlink(ignored)) continue;
    if (is_skipped_folder(entry->path().filename().string()))
      entry.disable_recursion_pending();
    else
      add(entry->path(), true);
  }
}

// Whether there were any that matter.
bool Watcher::read_events(Changes& changes, int timeout_ms) {
  std::array<pollfd, 2> ends{{{events_, POLLIN, 0}, {wake_, POLLIN, 0}}};
  if (::poll(ends.data(), ends.size(), timeout_ms) <= 0 || ends[0].revents == 0) return false;
  alignas(inotify_event) std::array<char, 16384> buffer;
  bool any = false;
  while (true) {
    const ssize_t size = ::read(events_, buffer.data(), buffer.size());
    if (size <= 0) return any;
    for (const char* at = buffer.data(); at < buffer.data() + size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      at += sizeof(inotify_event) + event->len;
      if (event->mask & IN_Q_OVERFLOW) changes.lost = any = true;
      const auto folder = folders_.find(event->wd);
      if (folder == folders_.end()) continue;
      if (event->mask & IN_IGNORED) {
        folders_.erase(folder);
        continue;
      }
      if (event->len == 0) continue;
      const std::string name = event->name;
      const fs::path path = folder->second.path / name;
      if (event->mask & IN_ISDIR) {
        if (!folder->second.tree || is_skipped_folder(name)) continue;
        // What was put into a new folder before it was watched is not told: look.
        if (event->mask & (IN_CREATE | IN_MOVED_TO)) {
          add_tree(path);
          std::error_code error;
          for (fs::recursive_directory_iterator file(path, error), end; !error && file != end; file.increment(error))
            if (file->is_regular_file()) changes.files.insert(file->path());
        }
        changes.files.insert(path);
        any = true;
      } else if (!is_temporary(name) && (!(event->mask & IN_CREATE) || fs::is_symlink(path))) {
        // A created file is told when it has been written; a link is there at once.
        changes.files.insert(path);
        any = true;
      }
    }
  }
}

Watcher::Changes Watcher::wait(std::chrono::milliseconds longest) {
  using Clock = std::chrono::steady_clock;
  Changes changes;
  const Clock::time_point end = Clock::now() + longest;
  while (changes.empty()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) return changes;
    if (read_events(changes, static_cast<int>(left.count()))) break;
    std::uint64_t count = 0;
    if (::read(wake_, &count, sizeof count) > 0) return changes;
  }
  const Clock::time_point quiet_by = Clock::now() + std::chrono::milliseconds(40);
  while (Clock::now() < quiet_by && read_events(changes, 4)) {
  }
  return changes;
}

void Watcher::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
}

}  // namespace veneer::docs
