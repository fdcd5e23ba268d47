// The files of a docs folder. One thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "docs/site/state.h"

namespace veneer::docs {

struct SourceFile {
  std::string path;  ///< relative to the docs folder; of a page without extension
  std::filesystem::path file;
  FileStamp stamp;
};

struct SiteFiles {
  std::vector<SourceFile> pages;   ///< .md and .mdx, sorted by path
  std::vector<SourceFile> assets;  ///< all others but settings, hidden files and those with "__" in their path
};

/// `build` may lie inside: its files are not the docs' own.
SiteFiles find_files(const std::filesystem::path& docs, const std::filesystem::path& build);

}  // namespace veneer::docs
