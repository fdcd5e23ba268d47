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

/// A symbolic link that is followed.
struct FollowedLink {
  std::filesystem::path link, target;  ///< a file or a folder
};

struct SiteFiles {
  std::vector<SourceFile> pages;   ///< .md and .mdx, sorted by path
  std::vector<SourceFile> assets;  ///< all others but settings, hidden files and those with "__" in their path
  std::vector<FollowedLink> links;
  std::vector<std::filesystem::path> outside;  ///< links out of the repository, which are not followed
};

/// `build` may lie inside: its files are not the docs' own. Links to files and folders are followed within the
/// repository.
SiteFiles find_files(const std::filesystem::path& docs, const std::filesystem::path& build,
                     const std::filesystem::path& repository);

/// A warning for each link that is not followed.
Findings outside_links(const SiteFiles& files, const std::filesystem::path& repository);

}  // namespace veneer::docs
