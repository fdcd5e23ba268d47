#include "pipelines/component.h"

#include <algorithm>

#include "base/error.h"

namespace veneer::pipelines {

Component::Component(std::string name, checkpoint::Checkpoint checkpoint, BuildGraph build, PlanShape native,
                     runtime::CompileOptions options)
    : name_(std::move(name)),
      checkpoint_(std::move(checkpoint)),
      build_(std::move(build)),
      options_(std::move(options)),
      slots_(graph::slots(build_(checkpoint_, native))) {}

std::shared_ptr<const runtime::Plan> Component::plan(const PlanShape& shape, const std::stop_token& stop) {
  checkpoint_.require_unchanged();
  std::unique_lock lock(mutex_);
  for (;;) {
    if (auto known = find(shape)) return known;
    if (!compiling_) break;
    if (!compiled_.wait(lock, stop, [&] { return !compiling_; }))
      fail(ErrorCode::cancelled, "{}: stopped while it waited for another size to be compiled", name_);
  }
  compiling_ = true;
  lock.unlock();
  std::shared_ptr<const runtime::Plan> plan;
  const auto finish = [&] {
    lock.lock();
    compiling_ = false;
    compiled_.notify_all();
  };
  try {
    plan = runtime::Plan::compile(build_(checkpoint_, shape), weights_, options_, stop);
    checkpoint_.require_unchanged();
    checkpoint_.release_pages();  // the packed copies are what runs
  } catch (...) {
    finish();
    throw;
  }
  finish();
  ++plans_compiled_;
  if (plans_.size() == kMostPlans) plans_.erase(plans_.begin());
  return plans_.emplace_back(shape, std::move(plan)).second;
}

std::shared_ptr<const runtime::Plan> Component::find(const PlanShape& shape) {
  const auto found = std::ranges::find(plans_, shape, &decltype(plans_)::value_type::first);
  if (found == plans_.end()) return nullptr;
  std::rotate(found, found + 1, plans_.end());
  return plans_.back().second;
}

int Component::plans_compiled() const {
  const std::lock_guard lock(mutex_);
  return plans_compiled_;
}

Component::WorkspacePointer Component::workspace(const std::shared_ptr<const runtime::Plan>& plan,
                                                 std::stop_token stop) {
  std::unique_ptr<runtime::Workspace> workspace;
  {
    const std::lock_guard lock(workspaces_->mutex);
    if (workspaces_->plan == plan.get() && !workspaces_->free.empty()) {
      workspace = std::move(workspaces_->free.back());
      workspaces_->free.pop_back();
    }
  }
  if (!workspace) workspace = std::make_unique<runtime::Workspace>(plan);
  workspace->start_request(std::move(stop));
  return {workspace.release(), [shared = workspaces_, plan = plan.get()](runtime::Workspace* used) {
            std::vector<std::unique_ptr<runtime::Workspace>> outdated;  // dies after the lock
            const std::lock_guard lock(shared->mutex);
            if (std::exchange(shared->plan, plan) != plan) outdated.swap(shared->free);
            shared->free.emplace_back(used);
          }};
}

}  // namespace veneer::pipelines
