// What a build remembers for the next one into the same folder. Values; one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "docs/page/object_docs.h"
#include "docs/page/page.h"
#include "docs/site/search_index.h"

namespace veneer::docs {

/// Tells that a file has not been written since, without reading it.
struct FileStamp {
  std::uint64_t size = 0;
  std::int64_t changed = 0;  ///< modification time in nanoseconds; 0: no such file
  bool operator==(const FileStamp&) const = default;
};
FileStamp stamp_of(const std::filesystem::path& file);

struct StampedFile {
  std::string file;
  FileStamp stamp;
};

/// A part of a text or a list.
struct Span {
  std::uint64_t begin = 0, size = 0;
};

/// Where a page keeps what a directive gave and did to it: enough to do it again without the sources.
struct MadeDirective {
  std::string object;
  std::vector<std::string> members;
  std::int32_t level_before = 1, level_after = 1;  ///< of the last heading above
  Span html;                                       ///< in the page's text; empty: cannot be done again
  Span markdown;                                   ///< in its .md
  Span links, findings;                            ///< in the record's
  std::vector<OutlineEntry> outline;
};

struct PageRecord {
  std::string path;  ///< without extension; of a fallback page: "../en/..."
  FileStamp stamp;
  std::uint64_t hash = 0;           ///< of the source's bytes
  std::vector<StampedFile> inputs;  ///< included files and the sources of its directives
  std::vector<DocumentedAnchor> anchors;
  Findings plan_findings;
  std::vector<MadeDirective> directives;

  std::string title;  ///< its first heading
  std::string description;
  std::vector<std::string> ids;
  std::vector<PageLink> links;
  Findings findings;
  std::vector<SearchSection> sections;
  std::uint64_t main_hash = 0;   ///< of the page's text and outline
  std::uint64_t frame_hash = 0;  ///< of all that its file was made of
  std::uint64_t markdown_hash = 0;
  std::uint64_t references = 0;
};

struct BuildState {
  std::uint64_t key = 0;          ///< of the tool and the options
  std::uint64_t environment = 0;  ///< of what pages may link to
  std::uint64_t everything = 0;   ///< of the stamps of all inputs
  std::uint64_t feeds = 0;        ///< of what the search index and the other lists were made of
  std::vector<PageRecord> pages;
  std::unordered_map<std::string, Reference> references;  ///< what [`X`] led to
  std::vector<std::string> words;                         ///< of the pages' search terms, by number
  std::vector<StampedFile> assets;
  std::vector<StampedFile> inputs;  ///< all files, to see at once that nothing has changed
  Findings findings;
  std::uint64_t reference_count = 0;
  bool good = true;  ///< whether the build was ok: a site that was not is replaced by the next one
};

/// An empty state if there is none, or if it is damaged or of another version.
BuildState load_state(const std::filesystem::path& file);
std::string pack_state(BuildState& state);

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace veneer::docs
