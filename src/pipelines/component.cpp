#include "pipelines/component.h"

namespace veneer::pipelines {

Component::Component(std::string name, checkpoint::Checkpoint checkpoint, BuildGraph build, PlanShape native,
                     runtime::CompileOptions options)
    : name_(std::move(name)),
      checkpoint_(std::move(checkpoint)),
      build_(std::move(build)),
      options_(std::move(options)),
      slots_(graph::slots(build_(checkpoint_, native))) {}

std::shared_ptr<const runtime::Plan> Component::plan(const PlanShape& shape) {
  const std::lock_guard lock(mutex_);
  if (const auto found = plans_.find(shape); found != plans_.end()) return found->second;
  auto plan = runtime::Plan::compile(build_(checkpoint_, shape), weights_, options_);
  checkpoint_.release_pages();  // the packed copies are what runs
  return plans_.emplace(shape, std::move(plan)).first->second;
}

int Component::plans_compiled() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(plans_.size());
}

Component::WorkspacePointer Component::workspace(const std::shared_ptr<const runtime::Plan>& plan) {
  std::unique_ptr<runtime::Workspace> workspace;
  {
    const std::lock_guard lock(workspaces_->mutex);
    if (const auto found = workspaces_->free.find(plan.get()); found != workspaces_->free.end()) {
      workspace = std::move(found->second);
      workspaces_->free.erase(found);
    }
  }
  if (!workspace) workspace = std::make_unique<runtime::Workspace>(plan);
  return {workspace.release(), [shared = workspaces_, key = plan.get()](runtime::Workspace* used) {
            const std::lock_guard lock(shared->mutex);
            shared->free.emplace(key, std::unique_ptr<runtime::Workspace>(used));
          }};
}

}  // namespace veneer::pipelines
