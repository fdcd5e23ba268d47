#include "docs/preview/kept_objects.h"

#include <utility>

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

KeptObjects::Reading KeptObjects::read(const BuildOptions& options, Findings& findings,
                                       std::optional<std::vector<DocumentedPlace>> places) {
  const std::lock_guard one_at_a_time(reading_);
  const std::uint64_t change = change_;
  std::shared_ptr<Shared> shared = current();
  if (!shared || shared->change != change) {
    source_findings_.clear();
    shared = std::make_shared<Shared>();
    shared->docs = make_(options, source_findings_);
    shared->change = change;
  }
  findings.insert(findings.end(), source_findings_.begin(), source_findings_.end());
  if (places && shared->docs) Lent(shared).set_documented(*std::move(places));
  const std::lock_guard lock(mutex_);
  return {shared, std::exchange(shared_, shared)};
}

std::shared_ptr<KeptObjects::Shared> KeptObjects::current() const {
  const std::lock_guard lock(mutex_);
  return shared_;
}

ObjectDocsFactory KeptObjects::lender() {
  return [this](const BuildOptions& options, Findings& findings) -> std::unique_ptr<ObjectDocs> {
    const std::shared_ptr<Shared> shared = read(options, findings, std::nullopt).now;
    return shared->docs ? std::make_unique<Lent>(shared) : nullptr;
  };
}

std::unique_ptr<ObjectDocs> KeptObjects::lend() const {
  const std::shared_ptr<Shared> shared = current();
  return shared && shared->docs ? std::make_unique<Lent>(shared) : nullptr;
}

std::shared_ptr<void> KeptObjects::make(const BuildOptions& options, std::vector<DocumentedPlace> places) {
  Findings ignored;
  return read(options, ignored, std::move(places)).before;
}

void KeptObjects::forget() {
  ++change_;
}

}  // namespace veneer::docs
