// The objects of one page: directives that were made by the last build, from the same sources, are taken from the page
// as it was. Belongs to the thread that renders the page.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "docs/page/object_docs.h"
#include "docs/page/page.h"
#include "docs/site/state.h"

namespace veneer::docs {

/// The last build's page, if what its directives document has not changed since.
struct FormerPage {
  PageRecord record;
  std::string main;      ///< its text and outline
  std::string markdown;  ///< its .md
};

class PageObjects final : public ObjectDocs {
 public:
  PageObjects(const ObjectDocs& objects, const FormerPage* former) : objects_(objects), former_(former) {}

  [[nodiscard]] DirectivePlan plan(const Directive& directive) const override { return objects_.plan(directive); }
  void set_documented(std::vector<DocumentedPlace>) override {}
  [[nodiscard]] Reference resolve(std::string_view written) const override { return objects_.resolve(written); }
  DirectiveContent render(const Directive& directive, Page& page) const override;

  /// What was rendered, in this order, with its places in the page's text and its .md.
  [[nodiscard]] std::vector<MadeDirective> made(std::string_view main, std::string_view markdown) const;

 private:
  [[nodiscard]] std::optional<DirectiveContent> repeated(const Directive& directive, Page& page) const;

  const ObjectDocs& objects_;
  const FormerPage* former_;
  mutable std::vector<MadeDirective> made_;
  mutable std::vector<DirectiveContent> contents_;
};

}  // namespace veneer::docs
