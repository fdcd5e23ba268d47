// Single pages of a site, rendered at once, before or beside the build of the whole. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "docs/preview/kept_objects.h"
#include "docs/site/site_files.h"
#include "docs/site/template.h"
#include "docs/site/toctree.h"

namespace veneer::docs {

struct LivePage {
  std::string html;  ///< the whole file
  Findings findings;
};

class LiveSite {
 public:
  /// `options` are resolved. Both must outlive the site.
  LiveSite(const BuildOptions& options, const KeptObjects& objects) : options_(options), objects_(objects) {}

  /// Reads the list of files and the toctree anew. What is wrong with the toctree is among `findings`.
  void look_again();
  [[nodiscard]] Findings findings() const;

  /// The page as its sources are now: with the objects if they have been read, else without. Nothing if there is no
  /// such page. Throws Error if it cannot be read.
  [[nodiscard]] std::optional<LivePage> render(const std::string& page) const;

  /// The page that a source is: "guide/start" for DOCS/guide/start.md; nothing if it is none.
  [[nodiscard]] std::optional<std::string> page_of(const std::filesystem::path& source) const;
  /// Files that have changed, by the names under which the site has them: those of the links to them.
  [[nodiscard]] std::set<std::filesystem::path> shown_as(const std::set<std::filesystem::path>& changed) const;
  [[nodiscard]] std::vector<FollowedLink> links() const;
  /// The first page of the toctree, or "index" where there is one.
  [[nodiscard]] std::string first_page() const;

 private:
  struct Map {
    SiteFiles files;
    Toctree toctree;
    Findings findings;
    SiteMap site;
    Frame frame;
    std::unordered_map<std::string, const SourceFile*> sources;  ///< by the page's path in the site
    std::unordered_map<std::string, std::size_t> places;         ///< in frame.sidebar_pages
  };
  [[nodiscard]] std::shared_ptr<const Map> map() const;

  const BuildOptions& options_;
  const KeptObjects& objects_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Map> map_;
};

}  // namespace veneer::docs
