// Tells which files below some folders have changed (Linux inotify). Belongs to one thread, but for `wake`.
#pragma once

#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <unordered_map>

namespace veneer::docs {

class Watcher {
 public:
  Watcher();
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  /// The folder and all below it, new ones too. Hidden folders, __pycache__ and node_modules are left out. A folder
  /// that cannot be read is left out, too; throws Error unsupported if the system allows no more watches.
  void add_tree(const std::filesystem::path& folder);
  /// The folder alone.
  void add_folder(const std::filesystem::path& folder);

  struct Changes {
    std::set<std::filesystem::path>
        files;          ///< written, created, moved or deleted; editors' temporary files are not told
    bool lost = false;  ///< the system dropped some: anything may have changed
    [[nodiscard]] bool empty() const { return files.empty() && !lost; }
  };
  /// Waits for changes at most so long, then until none has come for 4 ms (at most 40 ms): editors write in several
  /// steps. Nothing if the time is over, or after `wake`.
  Changes wait(std::chrono::milliseconds longest);
  /// From any thread: makes `wait` return.
  void wake() const;

 private:
  bool read_events(Changes& changes, int timeout_ms);
  void add(const std::filesystem::path& folder, bool tree);

  int events_ = -1, wake_ = -1;
  struct Folder {
    std::filesystem::path path;
    bool tree;
  };
  std::unordered_map<int, Folder> folders_;
};

}  // namespace veneer::docs
