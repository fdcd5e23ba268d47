// A compiled graph, and what one running request needs beside it.
//
//   auto plan = Plan::compile(graph, weights, {.threads = budget});       // once for a shape
//   Workspace workspace(plan);                                            // one a running request
//   plan->prepare(workspace, {{"encoder_hidden_states", embeddings}}, {{"timestep", timesteps}}, binding);
//   for (int i = 0; i < steps; ++i)
//     plan->run(workspace, i, {{"sample", latents}}, {{"noise_pred", noise}}, binding);
//
// A Plan is immutable and may be run by any number of threads, each with a Workspace of its own; plans over one
// WeightStore share its packed weights and the bindings made for it.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/parallel.h"
#include "graph/graph.h"
#include "graph/partition.h"
#include "graph/passes/passes.h"
#include "runtime/binding.h"
#include "runtime/step_timer.h"
#include "runtime/weights.h"

namespace veneer::runtime {

struct CompileOptions {
  std::shared_ptr<ThreadBudget> threads;  ///< that runs share
  int team = 0;                           ///< threads of one run; 0: all of the budget
  graph::PassNames disabled_passes{};     ///< see graph::passes(); and "hoist"
  /// Expected: memory for a first binding is made ready when weights are packed.
  enum class Adapters { none, expected } adapters = Adapters::none;
};

/// Bytes of an input or output: f32, or i32 for ids, row-major, as many as its shape says.
struct NamedInput {
  NamedInput(std::string_view input, std::span<const float> values) : name(input), bytes(std::as_bytes(values)) {}
  NamedInput(std::string_view input, std::span<const std::int32_t> values)
      : name(input), bytes(std::as_bytes(values)) {}
  std::string_view name;
  std::span<const std::byte> bytes;
};
struct NamedOutput {
  std::string_view name;
  std::span<float> values;
};
/// Lists that live as long as the call they are written in.
struct NamedInputs : std::span<const NamedInput> {
  NamedInputs(std::initializer_list<NamedInput> list) : span(list.begin(), list.size()) {}
  explicit NamedInputs(std::span<const NamedInput> list) : span(list) {}
};
struct NamedOutputs : std::span<const NamedOutput> {
  NamedOutputs(std::initializer_list<NamedOutput> list) : span(list.begin(), list.size()) {}
  explicit NamedOutputs(std::span<const NamedOutput> list) : span(list) {}
};

class ProgramState;
class Workspace;

class Plan {
 public:
  ~Plan();
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  /// Optimises the graph, splits it by what its values depend on, packs what the store does not hold yet. The graph may
  /// be dropped afterwards. Takes a team from the budget for each weight that is packed, and for nothing else: where
  /// all are there, what runs meanwhile does not wait. Throws Error invalid_argument without threads, cancelled if a
  /// stop is requested while it waits for a team, and what packing throws.
  static std::shared_ptr<const Plan> compile(const graph::Graph& graph, std::shared_ptr<WeightStore> weights,
                                             CompileOptions options, const std::stop_token& stop = {});

  /// Computes what the steps of one request share. `inputs` are those that depend on the request, `schedule` those that
  /// depend on the timestep: of each a number an evaluation, which all samples share. Repeated after a change of
  /// binding in the midst of a request. Graphs whose inputs are all latents, or none, need no call. Where it throws,
  /// the workspace has to be prepared again.
  void prepare(Workspace& workspace, NamedInputs inputs, NamedInputs schedule, BatchBinding binding = {}) const;

  /// Evaluation `index` of the schedule given to prepare (0 where there is none). Allocates nothing itself.
  /// Inputs and outputs missing, unknown or of another size throw Error internal.
  void run(Workspace& workspace, std::size_t index, NamedInputs inputs, NamedOutputs outputs,
           BatchBinding binding = {}) const;

  [[nodiscard]] std::int64_t batch() const;
  [[nodiscard]] const WeightStore& weights() const { return *weights_; }
  /// Operations of one evaluation, and those that were hoisted out of it.
  [[nodiscard]] std::size_t step_count() const;
  [[nodiscard]] std::size_t hoisted_count() const;

 private:
  friend class Workspace;
  /// A value that a request keeps for its steps: an input of the graph, or what an earlier stage computes.
  struct Kept {
    std::string input;  ///< its name, or empty
    std::size_t bytes = 0;
    enum class Count { one, each_evaluation } count = Count::one;
  };
  static constexpr std::size_t kGiven = static_cast<std::size_t>(-1);  ///< given to run(), by name
  struct StagePlan;

  Plan(std::shared_ptr<WeightStore> weights, CompileOptions options);
  static std::shared_ptr<const Plan> compiled(const graph::Graph& graph, std::shared_ptr<WeightStore> weights,
                                              CompileOptions options, const std::stop_token& stop);
  void wire(const graph::Parts& parts);
  std::size_t keep(const StagePlan& part, std::size_t port);
  [[nodiscard]] const StagePlan& stage(graph::Stage stage) const;
  void check(const Workspace& workspace, NamedInputs inputs, NamedInputs schedule, BatchBinding binding) const;
  void keep_inputs(Workspace& workspace, NamedInputs inputs, NamedInputs schedule) const;
  void run_request(Workspace& workspace, BatchBinding binding) const;
  void run_timesteps(Workspace& workspace, BatchBinding binding) const;

  std::shared_ptr<WeightStore> weights_;
  CompileOptions options_;
  std::vector<std::string> input_names_;  // of the graph; nothing need depend on one
  std::vector<StagePlan> stages_;         // by graph::Stage
  std::vector<Kept> kept_;
  std::size_t steps_at_once_ = 1;  // by the stage `timesteps`
};

/// The memory of one running request. For one thread at a time; may be used again for the next request of its plan.
class Workspace {
 public:
  explicit Workspace(std::shared_ptr<const Plan> plan);
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  /// Of another request from now on: its stop token ends the waits of prepare() and run() for threads, with Error
  /// cancelled, and nobody is told of steps.
  void start_request(std::stop_token stop);

  /// Tells `timer` of each step of each evaluation from now on (not of what prepare() computes).
  void time_steps(StepTimer timer);

 private:
  friend class Plan;

  std::shared_ptr<const Plan> plan_;
  Buffer arena_, scratch_;
  std::vector<ProgramState> states_;  // by stage
  std::vector<Buffer> kept_;          // as Plan::kept_
  std::vector<Buffer> repeated_;      // of the inputs of the stage `timesteps`: a request's value for many steps
  std::stop_token stop_;
  bool prepared_ = false;
  std::size_t evaluations_ = 0;
};

}  // namespace veneer::runtime
