// ObjectDocs that asks the sources only when it must: what [`X`] led to in the last build is remembered, and directives
// stand on the page as it was (page_objects.h), so an edited page is rebuilt without reading a source. Thread-safe
// after set_documented.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "docs/page/object_docs.h"

namespace veneer::docs {

class RememberedObjects : public ObjectDocs {
 public:
  using Factory = std::function<std::unique_ptr<ObjectDocs>()>;  ///< may return null

  explicit RememberedObjects(Factory factory) : factory_(std::move(factory)) {}

  /// Reads the sources, if that has not been done: on all threads, when no other work is under way.
  void read() const { real(); }

  [[nodiscard]] DirectivePlan plan(const Directive& directive) const override;
  void set_documented(std::vector<DocumentedPlace> places) override;
  DirectiveContent render(const Directive& directive, Page& page) const override;
  [[nodiscard]] Findings review(const Directive& directive) const override;
  [[nodiscard]] Reference resolve(std::string_view written) const override;

  /// What earlier builds found; valid only as long as the same anchors are documented.
  void remember(std::unordered_map<std::string, Reference> references);
  [[nodiscard]] std::unordered_map<std::string, Reference> take_references();

 private:
  ObjectDocs& real() const;

  Factory factory_;
  std::vector<DocumentedPlace> places_;
  bool documented_ = false;
  mutable std::once_flag made_;
  mutable std::unique_ptr<ObjectDocs> real_;
  mutable std::shared_mutex mutex_;
  mutable std::unordered_map<std::string, Reference> references_;
};

}  // namespace veneer::docs
