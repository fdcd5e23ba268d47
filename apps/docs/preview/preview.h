// The site while it is being written: built in the background, served on this machine, shown anew when a source
// changes.
//
// Three threads share it: one watches the sources and renders the pages that someone looks at as soon as they change,
// one builds the whole site when the sources have been quiet, and the server's take from both.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "docs/preview/kept_objects.h"
#include "docs/preview/live_site.h"
#include "docs/preview/watcher.h"

namespace veneer::docs {

/// Says what the preview does; called by several threads, one at a time.
using Announce = std::function<void(const std::string& line)>;

class Preview {
 public:
  /// `options` are resolved; the site is built into their folder. Throws Error not_found: no pages.
  Preview(BuildOptions options, ObjectDocsFactory make_objects, Announce announce);
  ~Preview();

  /// Starts watching and building. Until the first build is done, pages are rendered when they are asked for, without
  /// the documentation of objects; those who look at them are told when it is there.
  void start();
  void stop();

  struct Answer {
    int status = 200;
    std::string body, type;
    bool changes = true;  ///< must not be cached
  };
  /// A file of the site by its address ("/guide/start"), pages with the script that keeps them up to date.
  [[nodiscard]] Answer answer(std::string_view address);

  /// What someone who looks at a page must know: which version is the current one (empty: there is no such page), all
  /// errors, and the page's warnings, as JSON.
  struct News {
    std::uint64_t number = 0;
    std::string version, errors;
    std::string warnings;  ///< of this page
  };
  /// As long as the result lives, someone looks at the page: it is rendered as soon as it changes.
  [[nodiscard]] std::shared_ptr<void> look_at(const std::string& page);
  /// Waits until there is newer news than `known`, at most so long.
  News wait_for_news(const std::string& page, std::uint64_t known, std::chrono::milliseconds longest);

 private:
  void watch();
  void build_when_quiet();
  void build();
  void take_changes(const Watcher::Changes& changes);
  void render_live(const std::set<std::string>& pages);
  /// A build with errors writes no state, so what it would warn of is not known.
  enum class Warnings { of_the_build, as_they_are };
  void remember_state(Warnings which);
  void watch_links();
  void announce_findings(const Findings& findings);
  void tell();
  [[nodiscard]] std::string page_html(const std::string& page) const;
  [[nodiscard]] std::string source_name(const std::filesystem::path& file) const;

  const BuildOptions options_;
  const Announce announce_;
  KeptObjects objects_;
  LiveSite live_;
  Watcher watcher_;

  mutable std::mutex mutex_;  ///< of what follows
  std::condition_variable news_;
  std::uint64_t number_ = 1;
  struct Shown {
    std::string html;
    std::uint64_t change;
  };
  std::unordered_map<std::string, Shown> shown_;  ///< pages newer than the built site
  std::filesystem::path site_;                    ///< empty until there is one
  std::uint64_t change_ = 0;                      ///< counts changes
  Findings errors_;
  std::unordered_map<std::string, Findings> warnings_;  ///< by page
  struct Look {
    int open = 0;
    std::chrono::steady_clock::time_point last;  ///< a page that loads anew is looked at in between, too
  };
  std::unordered_map<std::string, Look> looked_at_;
  std::set<std::filesystem::path> to_watch_;                        ///< folders of included files
  std::unordered_map<std::string, std::set<std::string>> used_by_;  ///< source -> pages
  std::vector<DocumentedPlace> places_;
  std::set<std::string> announced_;  ///< findings of the last build, as text; the building thread's

  std::condition_variable quiet_;
  std::optional<std::chrono::steady_clock::time_point> build_at_;
  std::atomic<bool> stopping_{false};
  std::thread watching_, building_;
};

/// The version of a page's content: changes with everything that a reader sees.
std::string version_of(std::string_view html);

}  // namespace veneer::docs
