#include "docs/preview/kept_objects.h"

#include <mutex>

namespace veneer::docs {

class KeptObjects::Lent final : public ObjectDocs {
 public:
  explicit Lent(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  [[nodiscard]] DirectivePlan plan(const Directive& directive) const override {
    const std::shared_lock lock(shared_->mutex);
    return shared_->docs->plan(directive);
  }
  void set_documented(std::vector<DocumentedPlace> places) override {
    const std::unique_lock lock(shared_->mutex);
    shared_->docs->set_documented(std::move(places));
  }
  DirectiveContent render(const Directive& directive, Page& page) const override {
    const std::shared_lock lock(shared_->mutex);
    return shared_->docs->render(directive, page);
  }
  [[nodiscard]] Reference resolve(std::string_view written) const override {
    const std::shared_lock lock(shared_->mutex);
    return shared_->docs->resolve(written);
  }

 private:
  std::shared_ptr<Shared> shared_;
};

std::shared_ptr<KeptObjects::Shared> KeptObjects::read(const BuildOptions& options, Findings& findings) {
  const std::lock_guard lock(mutex_);
  if (!shared_) {
    source_findings_.clear();
    auto shared = std::make_shared<Shared>();
    shared->docs = make_(options, source_findings_);
    shared_ = std::move(shared);
  }
  findings.insert(findings.end(), source_findings_.begin(), source_findings_.end());
  return shared_;
}

ObjectDocsFactory KeptObjects::lender() {
  return [this](const BuildOptions& options, Findings& findings) -> std::unique_ptr<ObjectDocs> {
    const std::shared_ptr<Shared> shared = read(options, findings);
    return shared->docs ? std::make_unique<Lent>(shared) : nullptr;
  };
}

std::unique_ptr<ObjectDocs> KeptObjects::lend() const {
  const std::lock_guard lock(mutex_);
  return shared_ && shared_->docs ? std::make_unique<Lent>(shared_) : nullptr;
}

void KeptObjects::make(const BuildOptions& options, std::vector<DocumentedPlace> places) {
  Findings ignored;
  const std::shared_ptr<Shared> shared = read(options, ignored);
  if (shared->docs) Lent(shared).set_documented(std::move(places));
}

void KeptObjects::forget() {
  const std::lock_guard lock(mutex_);
  shared_.reset();
}

}  // namespace veneer::docs
