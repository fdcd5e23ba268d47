// The files of a site: written beside the old ones, then put in their place all at once. One thread, but exists() may
// be asked by many.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace veneer::docs {

/// Collects what the new site consists of: new contents, and files that stay as they are in the old site.
class SiteOutput {
 public:
  explicit SiteOutput(std::filesystem::path site) : site_(std::move(site)) {}

  /// Lists the old site's files, once nothing else writes there.
  void open();

  /// `path` is relative to the site and must stay inside it: throws Error internal otherwise. What is written goes
  /// before what is copied or kept under the same name.
  void write(const std::string& path, std::string contents);
  void copy(const std::string& path, std::filesystem::path from);
  void keep(const std::string& path);
  /// Whether the old site has the file.
  [[nodiscard]] bool exists(const std::string& path) const { return old_files_.contains(path); }
  [[nodiscard]] const std::filesystem::path& site() const { return site_; }

  /// Makes the new site and exchanges it for the old one, if there is one. Throws Error with the folder's name if that
  /// cannot be written; the old site is then as it was.
  void publish();
  /// The same into another folder, which is replaced.
  void publish_to(const std::filesystem::path& folder);

 private:
  void stage(const std::filesystem::path& folder);
  static void check(const std::string& path);

  std::filesystem::path site_;
  std::unordered_set<std::string> old_files_;
  std::map<std::string, std::string> written_;
  std::vector<std::pair<std::string, std::filesystem::path>> copied_;
  std::vector<std::string> kept_;
};

}  // namespace veneer::docs
