// One model of a pipeline while it runs: its weights, and a plan for each shape that was asked for.
#pragma once

#include <compare>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "graph/slots.h"
#include "runtime/plan.h"

namespace veneer::pipelines {

/// What a plan is compiled for. Height and width are those of the latents; a text encoder has neither. `tokens` are
/// those of the text, where a request may choose them.
struct PlanShape {
  std::int64_t batch = 1, height = 0, width = 0, tokens = 0;
  friend auto operator<=>(const PlanShape&, const PlanShape&) = default;
};

/// Thread-safe. A plan is compiled by the first that asks for its shape; whoever asks for another new one meanwhile
/// waits, and shapes that were compiled before are found at once. The first compilation packs the weights, each on a
/// team from the budget; later ones run beside the requests.
class Component {
 public:
  /// The plans of so many shapes are kept, those that were used last. A plan that a request holds lives on with it.
  static constexpr std::size_t kMostPlans = 16;

  using BuildGraph = std::function<graph::Graph(const checkpoint::Checkpoint&, const PlanShape&)>;

  /// `name` opens the names of its slots: "unet". `native` is the shape that adapters' cost is reckoned at.
  Component(std::string name, checkpoint::Checkpoint checkpoint, BuildGraph build, PlanShape native,
            runtime::CompileOptions options);

  /// Throws Error corrupt_file if a file of the weights was written to since it was opened, cancelled if a stop is
  /// requested while it waits for another compilation, or for threads to pack on.
  [[nodiscard]] std::shared_ptr<const runtime::Plan> plan(const PlanShape& shape, const std::stop_token& stop = {});

  /// A workspace of the plan that nobody uses; it goes back to be used again when the pointer dies. Those of the plan
  /// that was used last are kept, as many as ran at the same time. `stop` ends its waits for threads.
  using WorkspacePointer = std::unique_ptr<runtime::Workspace, std::function<void(runtime::Workspace*)>>;
  [[nodiscard]] WorkspacePointer workspace(const std::shared_ptr<const runtime::Plan>& plan, std::stop_token stop = {});

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::span<const graph::Slot> slots() const { return slots_; }
  [[nodiscard]] const runtime::WeightStore& weights() const { return *weights_; }
  [[nodiscard]] int plans_compiled() const;

 private:
  std::shared_ptr<const runtime::Plan> find(const PlanShape& shape);  // under mutex_

  const std::string name_;
  const checkpoint::Checkpoint checkpoint_;
  const BuildGraph build_;
  const runtime::CompileOptions options_;
  const std::shared_ptr<runtime::WeightStore> weights_ = std::make_shared<runtime::WeightStore>();
  const std::vector<graph::Slot> slots_;

  struct Shared {  // outlives the component while a workspace is out
    std::mutex mutex;
    const runtime::Plan* plan = nullptr;  // of those that are free
    std::vector<std::unique_ptr<runtime::Workspace>> free;
  };
  const std::shared_ptr<Shared> workspaces_ = std::make_shared<Shared>();

  mutable std::mutex mutex_;                                                       // of what follows
  std::vector<std::pair<PlanShape, std::shared_ptr<const runtime::Plan>>> plans_;  // the last was used last
  int plans_compiled_ = 0;
  bool compiling_ = false;
  std::condition_variable_any compiled_;  // compiling_ became false
};

}  // namespace veneer::pipelines
