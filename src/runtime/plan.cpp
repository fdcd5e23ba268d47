#include "runtime/plan.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/out_of_memory.h"
#include "runtime/execute.h"

namespace veneer::runtime {
namespace {

using graph::Rate;
using graph::Stage;

/// Rows that the stage `timesteps` computes at once: enough for a weight to be read once for many steps.
constexpr std::int64_t kTimestepRows = 32;

std::size_t bytes_of(const Program& program, ValueIndex value) {
  return program.values[static_cast<std::size_t>(value)].bytes();
}

/// Inputs are only read; the address table holds both.
std::byte* mutable_bytes(std::span<const std::byte> bytes) {
  return const_cast<std::byte*>(bytes.data());
}

const NamedInput& find(NamedInputs inputs, std::string_view name) {
  const auto input = std::ranges::find(inputs, name, &NamedInput::name);
  if (input == inputs.end()) fail(ErrorCode::internal, "run: input {} is missing", name);
  return *input;
}

const NamedInput& find(NamedInputs inputs, std::string_view name, std::size_t bytes) {
  const NamedInput& input = find(inputs, name);
  VENEER_CHECK_EQ(input.bytes.size(), bytes);
  return input;
}

std::size_t evaluations(NamedInputs schedule) {
  return schedule.empty() ? 0 : schedule[0].bytes.size() / sizeof(float);
}

std::size_t round_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

struct Plan::StagePlan {
  Program program;
  std::vector<std::size_t> inputs, outputs;  ///< of the program's ports: index into kept_, or kGiven
};

Plan::Plan(std::shared_ptr<WeightStore> weights, CompileOptions options)
    : weights_(std::move(weights)), options_(std::move(options)), stages_(3) {
  if (!options_.threads) fail(ErrorCode::invalid_argument, "compile: threads: expected a budget, got none");
  if (options_.team == 0) options_.team = options_.threads->size();
}

Plan::~Plan() = default;

std::shared_ptr<const Plan> Plan::compile(const graph::Graph& graph, std::shared_ptr<WeightStore> weights,
                                          CompileOptions options, const std::stop_token& stop) {
  return or_out_of_memory("compile", [&] { return compiled(graph, std::move(weights), std::move(options), stop); });
}

std::shared_ptr<const Plan> Plan::compiled(const graph::Graph& graph, std::shared_ptr<WeightStore> weights,
                                           CompileOptions options, const std::stop_token& stop) {
  const std::shared_ptr<Plan> plan(new Plan(std::move(weights), std::move(options)));
  for (const graph::Node& node : graph.nodes())
    if (const auto* input = std::get_if<graph::Input>(&node.op)) plan->input_names_.push_back(input->name);
  const graph::PassNames& disabled = plan->options_.disabled_passes;
  const graph::Graph optimized = graph::optimize(graph, disabled);
  graph::Parts parts = disabled.contains("hoist") ? graph::unpartitioned(optimized) : graph::partition(optimized);

  graph::Graph& timesteps = parts.of(Stage::timesteps).graph;
  if (!timesteps.nodes().empty()) {
    const std::int64_t at_once = std::max<std::int64_t>(1, kTimestepRows / timesteps.batch());
    timesteps = graph::with_batch_times(timesteps, at_once);
    plan->steps_at_once_ = static_cast<std::size_t>(at_once);
  }
  const std::int64_t packed_before = plan->weights_->times_packed();
  for (const auto& part : parts.parts)
    pack_weights(part.graph, *plan->weights_, *plan->options_.threads, plan->options_.team, stop);
  const bool packed = plan->weights_->times_packed() > packed_before;
  if (packed && plan->options_.adapters == CompileOptions::Adapters::expected) {
    const ThreadLease lease(*plan->options_.threads, plan->options_.team, stop);
    plan->weights_->prepare_for_bindings();
  }
  const TeamSize team(plan->options_.team);  // that the primitives are made for
  for (std::size_t i = 0; i < plan->stages_.size(); ++i)
    plan->stages_[i].program = lower(parts.parts[i].graph, *plan->weights_);
  plan->wire(parts);
  return plan;
}

/// Where the inputs and outputs of each stage lie.
void Plan::wire(const graph::Parts& parts) {
  for (const Stage stage : {Stage::request, Stage::timesteps}) {
    StagePlan& part = stages_[static_cast<std::size_t>(stage)];
    const bool each = stage == Stage::timesteps;
    for (const Program::Port& port : part.program.outputs) {
      part.outputs.push_back(kept_.size());
      kept_.push_back({"", bytes_of(part.program, port.value) / (each ? steps_at_once_ : 1),
                       each ? Kept::Count::each_evaluation : Kept::Count::one});
    }
  }
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    for (std::size_t p = 0; p < stages_[i].program.inputs.size(); ++p) {
      const Program::Port& port = stages_[i].program.inputs[p];
      const auto carry =
          std::ranges::find(parts.parts[i].carries, port.value, [](const graph::Carry& one) { return one.input.id; });
      if (carry != parts.parts[i].carries.end()) {
        stages_[i].inputs.push_back(stage(carry->from).outputs[carry->output]);
      } else if (port.rate.contains(Rate::latent)) {
        stages_[i].inputs.push_back(kGiven);
      } else {
        stages_[i].inputs.push_back(keep(stages_[i], p));
      }
    }
  }
}

/// The place of an input of the graph, which several stages may read.
std::size_t Plan::keep(const StagePlan& part, std::size_t index) {
  const Program::Port& port = part.program.inputs[index];
  const auto known = std::ranges::find(kept_, port.name, &Kept::input);
  if (known != kept_.end()) return static_cast<std::size_t>(known - kept_.begin());
  const bool repeated = &part == &stage(Stage::timesteps) && port.extent == graph::Extent::batch;
  kept_.push_back({port.name, bytes_of(part.program, port.value) / (repeated ? steps_at_once_ : 1),
                   port.rate.contains(Rate::timestep) ? Kept::Count::each_evaluation : Kept::Count::one});
  return kept_.size() - 1;
}

const Plan::StagePlan& Plan::stage(Stage stage) const {
  return stages_[static_cast<std::size_t>(stage)];
}

std::int64_t Plan::batch() const {
  return stage(Stage::step).program.batch;
}

std::size_t Plan::step_count() const {
  return stage(Stage::step).program.steps.size();
}

std::size_t Plan::hoisted_count() const {
  return stage(Stage::request).program.steps.size() + stage(Stage::timesteps).program.steps.size();
}

void Plan::check(const Workspace& workspace, NamedInputs inputs, NamedInputs schedule, BatchBinding binding) const {
  VENEER_CHECK(workspace.plan_.get() == this);
  for (const NamedInputs list : {inputs, schedule})
    for (const NamedInput& input : list)
      if (std::ranges::find(input_names_, input.name) == input_names_.end())
        fail(ErrorCode::internal, "run: there is no input {}", input.name);
  for (const NamedInput& input : schedule) VENEER_CHECK_EQ(input.bytes.size(), evaluations(schedule) * sizeof(float));
  VENEER_CHECK(binding.size() <= 1 || static_cast<std::int64_t>(binding.size()) == batch());
}

void Plan::prepare(Workspace& workspace, NamedInputs inputs, NamedInputs schedule, BatchBinding binding) const {
  check(workspace, inputs, schedule, binding);
  const ThreadLease lease(*options_.threads, options_.team, workspace.stop_);
  workspace.prepared_ = false;
  workspace.evaluations_ = evaluations(schedule);
  keep_inputs(workspace, inputs, schedule);
  run_request(workspace, binding);
  run_timesteps(workspace, binding);
  workspace.prepared_ = true;
}

void Plan::keep_inputs(Workspace& workspace, NamedInputs inputs, NamedInputs schedule) const {
  const std::size_t evaluations = workspace.evaluations_, rounded = round_up(evaluations, steps_at_once_);
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    const Kept& kept = kept_[i];
    const bool each = kept.count == Kept::Count::each_evaluation;
    const std::size_t bytes = kept.bytes * (each ? rounded : 1);
    if (workspace.kept_[i].size() < bytes) workspace.kept_[i] = Buffer(bytes);
    if (kept.input.empty()) continue;
    if (!each) {
      std::memcpy(workspace.kept_[i].data(), find(inputs, kept.input, bytes).bytes.data(), bytes);
      continue;
    }
    const auto* numbers = reinterpret_cast<const float*>(find(schedule, kept.input).bytes.data());
    const std::size_t samples = kept.bytes / sizeof(float);
    for (std::size_t step = 0; step < rounded && evaluations > 0; ++step)  // the last again, to fill the last round
      std::fill_n(workspace.kept_[i].f32() + step * samples, samples, numbers[std::min(step, evaluations - 1)]);
  }
}

void Plan::run_request(Workspace& workspace, BatchBinding binding) const {
  const StagePlan& part = stage(Stage::request);
  if (part.program.steps.empty()) return;
  ProgramState& state = workspace.states_[static_cast<std::size_t>(Stage::request)];
  for (std::size_t i = 0; i < part.inputs.size(); ++i)
    state.set_outside(part.program.inputs[i].value, workspace.kept_[part.inputs[i]].data());
  for (std::size_t i = 0; i < part.outputs.size(); ++i)
    state.set_outside(part.program.outputs[i].value, workspace.kept_[part.outputs[i]].data());
  state.execute(binding);
}

void Plan::run_timesteps(Workspace& workspace, BatchBinding binding) const {
  const StagePlan& part = stage(Stage::timesteps);
  if (part.program.steps.empty()) return;
  ProgramState& state = workspace.states_[static_cast<std::size_t>(Stage::timesteps)];
  for (std::size_t i = 0; i < part.inputs.size(); ++i) {
    const Program::Port& port = part.program.inputs[i];
    const Kept& kept = kept_[part.inputs[i]];
    if (kept.count == Kept::Count::each_evaluation) continue;  // another place each round
    Buffer& once = workspace.kept_[part.inputs[i]];
    Buffer& repeated = workspace.repeated_[i];
    if (port.extent == graph::Extent::batch) {
      if (repeated.size() == 0) repeated = Buffer(kept.bytes * steps_at_once_);
      for (std::size_t copy = 0; copy < steps_at_once_; ++copy)
        std::memcpy(repeated.data() + copy * kept.bytes, once.data(), kept.bytes);
    }
    state.set_outside(port.value, port.extent == graph::Extent::batch ? repeated.data() : once.data());
  }
  for (std::size_t first = 0; first < workspace.evaluations_; first += steps_at_once_) {
    const auto place = [&](const Program::Port& port, std::size_t index) {
      if (kept_[index].count == Kept::Count::each_evaluation)
        state.set_outside(port.value, workspace.kept_[index].data() + first * kept_[index].bytes);
    };
    for (std::size_t i = 0; i < part.inputs.size(); ++i) place(part.program.inputs[i], part.inputs[i]);
    for (std::size_t i = 0; i < part.outputs.size(); ++i) place(part.program.outputs[i], part.outputs[i]);
    state.execute(binding);
  }
}

void Plan::run(Workspace& workspace, std::size_t index, NamedInputs inputs, NamedOutputs outputs,
               BatchBinding binding) const {
  check(workspace, inputs, {}, binding);
  if (!kept_.empty() && !workspace.prepared_) fail(ErrorCode::internal, "run: prepare was not called");
  VENEER_CHECK(index < std::max<std::size_t>(1, workspace.evaluations_));
  const ThreadLease lease(*options_.threads, options_.team, workspace.stop_);
  const StagePlan& part = stage(Stage::step);
  ProgramState& state = workspace.states_[static_cast<std::size_t>(Stage::step)];
  for (std::size_t i = 0; i < part.inputs.size(); ++i) {
    const Program::Port& port = part.program.inputs[i];
    if (part.inputs[i] == kGiven) {
      state.set_outside(port.value, mutable_bytes(find(inputs, port.name, bytes_of(part.program, port.value)).bytes));
    } else {
      const Kept& kept = kept_[part.inputs[i]];
      const std::size_t skip = kept.count == Kept::Count::each_evaluation ? index * kept.bytes : 0;
      state.set_outside(port.value, workspace.kept_[part.inputs[i]].data() + skip);
    }
  }
  for (const auto& port : part.program.outputs) {
    const auto output = std::ranges::find(outputs, port.name, &NamedOutput::name);
    if (output == outputs.end()) fail(ErrorCode::internal, "run: output {} is missing", port.name);
    VENEER_CHECK_EQ(output->values.size_bytes(), bytes_of(part.program, port.value));
    state.set_outside(port.value, reinterpret_cast<std::byte*>(output->values.data()));
  }
  state.execute(binding);
}

Workspace::Workspace(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)), kept_(plan_->kept_.size()) {
  std::size_t arena = 0, scratch = 0;
  for (const Plan::StagePlan& part : plan_->stages_) {
    arena = std::max(arena, part.program.arena_bytes);
    scratch = std::max(scratch, part.program.scratch_bytes);
  }
  arena_ = Buffer(arena);
  scratch_ = Buffer(scratch);
  repeated_ = std::vector<Buffer>(plan_->stage(Stage::timesteps).inputs.size());
  const std::span<std::byte> scratch_bytes(scratch_.data(), scratch_.size());
  for (const Plan::StagePlan& part : plan_->stages_) states_.emplace_back(part.program, arena_.data(), scratch_bytes);
}

Workspace::~Workspace() = default;

void Workspace::start_request(std::stop_token stop) {
  stop_ = std::move(stop);
  for (ProgramState& state : states_) state.time_steps(nullptr);
}

void Workspace::time_steps(StepTimer timer) {
  states_[static_cast<std::size_t>(Stage::step)].time_steps(std::move(timer));
}

}  // namespace veneer::runtime
