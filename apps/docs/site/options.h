// What a build is asked for. A value, filled by the command line and by the docs folder's own settings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "docs/page/finding.h"
#include "docs/page/site_map.h"

namespace veneer::docs {

enum class SourceKind { python, cpp, none };

struct ExternalProject {
  std::string url;                  ///< of its documentation
  std::filesystem::path inventory;  ///< its objects.inv on this machine
};

struct BuildOptions {
  std::string library;         ///< empty: see resolve_options
  std::filesystem::path docs;  ///< folder of the pages of one language, with its _toctree.yml
  std::filesystem::path build = "build";
  std::string language = "en";
  std::string version;                  ///< empty: of the library, see resolve_options
  std::string default_branch = "main";  ///< if neither _config.py nor the checkout's origin names another
  std::string version_prefix = "v";
  std::filesystem::path source_root;      ///< empty: looked for above the docs folder
  std::optional<SourceKind> source_kind;  ///< unset: the settings', else python
  std::optional<std::string> repo_owner;  ///< on GitHub; unset: the settings', else the origin's; empty: no links
  std::string repo_name;                  ///< empty: library
  std::string version_tag_suffix = "src/";
  std::filesystem::path fallback;  ///< docs folder whose pages stand in for missing ones; empty: "en" beside docs
  std::string title;               ///< shown in the header; empty: library
  std::string site_url;            ///< where the site will stand: for sitemap.xml and llms.txt; may be empty
  RawHtml raw_html = RawHtml::sanitized;
  enum class Existing { reuse, clean } existing = Existing::reuse;
  enum class Strictness { lenient, strict } strictness = Strictness::lenient;
  enum class TocCheck { pages_listed, off } toc_check = TocCheck::pages_listed;
  std::vector<ExternalProject> external;
  std::set<std::string> unchecked;        ///< rules whose warnings are not wanted
  std::uint64_t largest_image = 200'000;  ///< bytes; larger images are findings of a check

  // Filled by resolve_options.
  std::filesystem::path repository;  ///< root of the checkout (or the nearest thing to it)
  std::string origin;                ///< address of the repository that it was cloned from; may be empty
  std::string version_tag;           ///< for links to sources; of a pull request's documentation the commit
  std::filesystem::path site;        ///< build/library/version/language

  /// Empty if there is none.
  [[nodiscard]] std::string repository_url() const;
  /// "pr_123": what a pull request would publish.
  [[nodiscard]] bool is_pull_request() const { return version.starts_with("pr_"); }
};

/// Reads _config.py (literals only) and veneer-docs.yml beside or above the pages, finds the library's sources and
/// version, and fills what is empty. What the command line set stays. A library without a name gets the one that
/// veneer-docs.yml says, else that of the only Python package beside or above the pages, else the checkout's.
/// Throws Error not_found (no such docs folder), corrupt_file (settings that are no YAML).
void resolve_options(BuildOptions& options);

}  // namespace veneer::docs
