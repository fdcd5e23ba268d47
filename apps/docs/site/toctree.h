// _toctree.yml: the order of the pages and their titles. A value; shared by threads once read.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "docs/page/finding.h"

namespace veneer::docs {

struct TocEntry {
  std::string title;
  std::string local;     ///< path of the page without extension; empty for a group
  std::string moved_to;  ///< `newlocal`: the page's path from now on
  std::vector<TocEntry> sections;
  bool expanded = false;
  bool is_new = false;
  int line = 0;
};

struct Toctree {
  std::vector<TocEntry> entries;
  Findings findings;
  /// (path, title) in reading order, each page once; moved pages under their new paths.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> pages() const;
  /// Puts moved pages at their new paths. Returns where they were: (old path, new path).
  std::unordered_map<std::string, std::string> apply_moves();
};

/// `file` is for findings. Never throws: a file that is no YAML is one finding and no entries.
Toctree parse_toctree(std::string_view yaml, const std::string& file);

}  // namespace veneer::docs
