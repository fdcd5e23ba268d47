#include "pipelines/component.h"

#include <algorithm>

namespace veneer::pipelines {

Component::Component(std::string name, checkpoint::Checkpoint checkpoint, BuildGraph build, PlanShape native,
                     runtime::CompileOptions options)
    : name_(std::move(name)),
      checkpoint_(std::move(checkpoint)),
      build_(std::move(build)),
      options_(std::move(options)),
      slots_(graph::slots(build_(checkpoint_, native))) {}

std::shared_ptr<const runtime::Plan> Component::plan(const PlanShape& shape) {
  if (auto known = find(shape)) return known;
  const std::lock_guard one_at_a_time(compiling_);
  if (auto known = find(shape)) return known;  // compiled by whoever was first
  auto plan = runtime::Plan::compile(build_(checkpoint_, shape), weights_, options_);
  checkpoint_.release_pages();  // the packed copies are what runs

  const std::lock_guard lock(mutex_);
  if (plans_.size() == kMostPlans) plans_.erase(plans_.begin());
  ++plans_compiled_;
  return plans_.emplace_back(shape, std::move(plan)).second;
}

std::shared_ptr<const runtime::Plan> Component::find(const PlanShape& shape) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(plans_, shape, &decltype(plans_)::value_type::first);
  if (found == plans_.end()) return nullptr;
  std::rotate(found, found + 1, plans_.end());
  return plans_.back().second;
}

int Component::plans_compiled() const {
  const std::lock_guard lock(mutex_);
  return plans_compiled_;
}

Component::WorkspacePointer Component::workspace(const std::shared_ptr<const runtime::Plan>& plan) {
  std::unique_ptr<runtime::Workspace> workspace;
  {
    const std::lock_guard lock(workspaces_->mutex);
    if (workspaces_->plan == plan.get() && !workspaces_->free.empty()) {
      workspace = std::move(workspaces_->free.back());
      workspaces_->free.pop_back();
    }
  }
  if (!workspace) workspace = std::make_unique<runtime::Workspace>(plan);
  return {workspace.release(), [shared = workspaces_, plan = plan.get()](runtime::Workspace* used) {
            std::vector<std::unique_ptr<runtime::Workspace>> outdated;  // dies after the lock
            const std::lock_guard lock(shared->mutex);
            if (std::exchange(shared->plan, plan) != plan) outdated.swap(shared->free);
            shared->free.emplace_back(used);
          }};
}

}  // namespace veneer::pipelines
