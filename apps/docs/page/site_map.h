// What pages may link to: the pages and files of the site, fallback pages of another language, other projects' symbols.
// Built once, then immutable and shared by threads.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace veneer::docs {

enum class RawHtml {
  sanitized,  ///< no scripts, event handlers or foreign forms from page text
  trusted,    ///< tags stand as they are written
};

struct SiteMap {
  std::string library;
  std::string language;
  RawHtml raw_html = RawHtml::sanitized;
  /// Path without extension -> where its HTML is, without extension. The same, but for pages that only the fallback
  /// language has ("../en/api/overview").
  std::unordered_map<std::string, std::string> pages;
  std::vector<std::string> page_names;                    ///< the keys, for suggestions
  std::unordered_set<std::string> assets;                 ///< images and other files, by path from the docs folder
  std::unordered_map<std::string, std::string> external;  ///< symbols of other projects -> address
  std::unordered_set<std::string> external_projects;      ///< those whose symbols are known, by their first component

  /// Where a page is, or nothing.
  [[nodiscard]] std::optional<std::string> page(const std::string& path) const {
    const auto found = pages.find(path);
    return found != pages.end() ? std::optional(found->second) : std::nullopt;
  }
};

/// "a/b/../c" -> "a/c". A path that leads out of the site keeps its leading "..".
std::string normal_path(std::string_view path);

}  // namespace veneer::docs
