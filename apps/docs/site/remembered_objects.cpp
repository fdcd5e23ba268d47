#include "docs/site/remembered_objects.h"

#include "base/error.h"

namespace veneer::docs {
namespace {

// Where there are no sources, nothing is known of any object.
class NoObjects : public ObjectDocs {
 public:
  [[nodiscard]] DirectivePlan plan(const Directive& directive) const override {
    DirectivePlan plan;
    plan.findings.push_back({directive.where, Severity::error, "unknown-object",
                             "[[autodoc]] " + directive.object + ": the library's sources were not found",
                             "name their folder with --source-root, or build with --not-python-module"});
    return plan;
  }
  void set_documented(std::vector<DocumentedPlace>) override {}
  DirectiveContent render(const Directive&, Page&) const override { return {}; }
  [[nodiscard]] Reference resolve(std::string_view) const override { return {}; }
};

}  // namespace

ObjectDocs& RememberedObjects::real() const {
  std::call_once(made_, [this] {
    real_ = factory_();
    if (!real_) real_ = std::make_unique<NoObjects>();
    if (documented_) real_->set_documented(places_);
  });
  return *real_;
}

DirectivePlan RememberedObjects::plan(const Directive& directive) const {
  return real().plan(directive);
}

void RememberedObjects::set_documented(std::vector<DocumentedPlace> places) {
  documented_ = true;
  if (real_) real_->set_documented(places);
  places_ = std::move(places);
}

DirectiveContent RememberedObjects::render(const Directive& directive, Page& page) const {
  return real().render(directive, page);
}

Findings RememberedObjects::review(const Directive& directive) const {
  return real().review(directive);
}

Reference RememberedObjects::resolve(std::string_view written) const {
  const std::string name(written);
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = references_.find(name); found != references_.end()) return found->second;
  }
  Reference reference = real().resolve(written);
  const std::unique_lock lock(mutex_);
  return references_.emplace(name, std::move(reference)).first->second;
}

void RememberedObjects::remember(std::unordered_map<std::string, Reference> references) {
  const std::unique_lock lock(mutex_);
  references_ = std::move(references);
}

std::unordered_map<std::string, Reference> RememberedObjects::take_references() {
  const std::unique_lock lock(mutex_);
  return std::move(references_);
}

}  // namespace veneer::docs
