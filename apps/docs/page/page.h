// One page while it is being rendered: the names it has given away, what it links to, and what was wrong with it.
// Belongs to the thread that renders the page; what it points to is shared and immutable.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "docs/page/finding.h"
#include "docs/page/object_docs.h"
#include "docs/page/site_map.h"
#include "docs/text/escape.h"

namespace veneer::docs {

/// An entry of the page's outline ("on this page").
struct OutlineEntry {
  int level = 2;      ///< 1..6 as h1..h6; an object stands one below the heading above it, its methods one below that
  std::string title;  ///< plain text
  std::string id;     ///< of the element, as claimed from the page
  std::string kind;   ///< "" for a heading; "class", "function", "method", "property", "enum"... for objects
};

/// A link to this site, to be checked when all pages are known.
struct PageLink {
  std::string page;  ///< where to, as in SiteMap::pages' values; empty: the page itself
  std::string anchor;
  SourcePosition where;
};

/// A fenced block of a page or a docstring, as it was written.
struct CodeSample {
  std::string language;  ///< first word of the fence's info string, in lower case
  std::string text;
  SourcePosition where;  ///< of its first line
};

/// What renderers of all kinds (Markdown, autodoc) may ask of the page they write to.
class Page {
 public:
  /// `path`: without extension, relative to the docs folder ("api/models/unet2d").
  /// `objects` may be null: then references are shown as code, and no directive is rendered. So may `site`: then links
  /// stand as they are written.
  Page(std::string path, const ObjectDocs* objects, const SiteMap* site = nullptr)
      : path_(std::move(path)), objects_(objects), site_(site) {}

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const ObjectDocs* objects() const { return objects_; }
  [[nodiscard]] const SiteMap* site() const { return site_; }

  /// The id itself if the page has not used it, else "id-1", "id-2"... Never empty. Every id="..." on a page must come
  /// from here.
  std::string claim_id(std::string_view wanted);
  [[nodiscard]] const std::unordered_set<std::string>& ids() const { return ids_; }
  /// How many ids were given other than wanted, because the page had them already.
  [[nodiscard]] std::size_t renamed_ids() const { return renamed_ids_; }

  /// "../pipelines/overview.html#anchor": from this page to another of the site, so that file:// works.
  /// `path` as path(); empty means this page. `anchor` may be empty. Not escaped for HTML.
  [[nodiscard]] std::string link_to(std::string_view path, std::string_view anchor) const;
  /// "../" as often as the page is deep: the way to the site's root.
  [[nodiscard]] std::string to_root() const;

  /// Links are checked against the anchors of the whole site in the end.
  void add_link(PageLink link) { links_.push_back(std::move(link)); }
  [[nodiscard]] const std::vector<PageLink>& links() const { return links_; }

  void add_sample(CodeSample sample) { samples_.push_back(std::move(sample)); }
  [[nodiscard]] std::vector<CodeSample> take_samples() { return std::move(samples_); }

  void report(Finding finding) { findings_.push_back(std::move(finding)); }
  [[nodiscard]] const Findings& findings() const { return findings_; }

  void add_outline(OutlineEntry entry) { outline_.push_back(std::move(entry)); }
  [[nodiscard]] const std::vector<OutlineEntry>& outline() const { return outline_; }
  /// The level of the last heading above: an object's entry goes one deeper. 1 if there is none.
  [[nodiscard]] int heading_level() const { return heading_level_; }
  void set_heading_level(int level) { heading_level_ = level; }

 private:
  std::string path_;
  const ObjectDocs* objects_;
  const SiteMap* site_;
  std::unordered_set<std::string> ids_;
  std::size_t renamed_ids_ = 0;
  std::vector<PageLink> links_;
  std::vector<CodeSample> samples_;
  Findings findings_;
  std::vector<OutlineEntry> outline_;
  int heading_level_ = 1;
};

}  // namespace veneer::docs
