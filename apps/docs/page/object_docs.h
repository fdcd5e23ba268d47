// What pages need of documented objects (classes, functions...). autodoc implements it, the page pipeline and the site
// use it; so neither knows how Python or C++ is read.
//
// A build has two phases. First `plan` is called for every directive of every page, by many threads at once; the site
// collects the anchors in toctree order and hands them back by `set_documented`, on one thread. Then pages are
// rendered, again by many threads: `render` and `resolve` are const and thread-safe. Parsing is lazy: a build of one
// page reads only the sources that this page needs.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "docs/page/finding.h"

namespace veneer::docs {

class Page;

/// `[[autodoc]] object` with its member list.
struct Directive {
  std::string object;                ///< as written: "UNet2DModel", "models.attention.Attention"
  std::vector<std::string> members;  ///< the list below it, in order ("all" and "none" included); empty: no list
  SourcePosition where;              ///< of the [[autodoc]] line
  std::string page;                  ///< path of the page without extension
  auto operator<=>(const Directive&) const = default;
};

/// One anchor that a directive will define.
struct DocumentedAnchor {
  std::string anchor;  ///< "diffusers.UNet2DModel.forward"; the element's id and what references look up
  std::string name;    ///< what to show: "UNet2DModel.forward"
  std::string role;    ///< for objects.inv: "py:class", "py:method", "py:function", "cpp:class"...
  bool alias = false;  ///< an additional name (inherited method under its defining class): never overrides
};

struct DirectivePlan {
  std::vector<DocumentedAnchor> anchors;       ///< the object's first
  std::vector<std::filesystem::path> sources;  ///< files whose change may change this directive's content
  Findings findings;                           ///< an object not found is one, with the nearest name
};

struct DirectiveContent {
  std::string html;      ///< well-formed; every id claimed from the page, outline entries added to it
  std::string markdown;  ///< for the page's .md export (section 3 of the specification)
};

/// A page's anchor, where a reference may lead.
struct DocumentedPlace {
  std::string anchor;
  std::string page;
  bool alias = false;
};

struct Reference {
  enum class Status { linked, external, undocumented, unknown };
  Status status = Status::unknown;
  std::string text;        ///< what to show: "forward" for `~X.forward`, "name()" for functions
  std::string page;        ///< linked: the page's path
  std::string anchor;      ///< linked: its anchor
  std::string url;         ///< external: the whole address
  std::string suggestion;  ///< unknown: the nearest documented name, or empty
};

class ObjectDocs {
 public:
  virtual ~ObjectDocs() = default;

  /// Phase one. Never throws for what is wrong with the directive or the sources: that is a finding.
  [[nodiscard]] virtual DirectivePlan plan(const Directive& directive) const = 0;

  /// Between the phases: all anchors of the site, in toctree order (the first page that documents an anchor wins).
  virtual void set_documented(std::vector<DocumentedPlace> places) = 0;

  /// Phase two. Docstring text goes through render_markdown (page/markdown.h) with the docstring's own position.
  virtual DirectiveContent render(const Directive& directive, Page& page) const = 0;

  /// For a check: what documentation the objects lack that a build shows as well as it can. Thread-safe.
  [[nodiscard]] virtual Findings review(const Directive& /*directive*/) const { return {}; }

  /// [`written`]: with ~ and #param, without the backticks.
  [[nodiscard]] virtual Reference resolve(std::string_view written) const = 0;
};

}  // namespace veneer::docs
