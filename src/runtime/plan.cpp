#include "runtime/plan.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "graph/partition.h"

namespace veneer::runtime {
namespace {

using graph::Rate;

/// Rows that the timestep program computes at once: enough for a weight to be read once for many steps.
constexpr std::int64_t kTimestepRows = 32;

graph::Stages split(const graph::Graph& graph, const graph::PassNames& disabled) {
  return disabled.contains("hoist") ? graph::unpartitioned(graph) : graph::partition(graph);
}

std::size_t bytes_of(const Program& program, ValueIndex value) {
  return program.values[static_cast<std::size_t>(value)].bytes();
}

/// Inputs are only read; the address table holds both.
std::byte* mutable_bytes(std::span<const std::byte> bytes) {
  return const_cast<std::byte*>(bytes.data());
}

const NamedInput& find(NamedInputs inputs, const Program::Port& port, std::size_t bytes) {
  const auto input = std::ranges::find(inputs, port.name, &NamedInput::name);
  if (input == inputs.end()) fail(ErrorCode::internal, "run: input {} is missing", port.name);
  VENEER_CHECK_EQ(input->bytes.size(), bytes);
  return *input;
}

}  // namespace

Plan::Plan(std::shared_ptr<WeightStore> weights, CompileOptions options)
    : weights_(std::move(weights)), options_(std::move(options)) {
  if (options_.team == 0) options_.team = options_.threads->size();
}

std::shared_ptr<const Plan> Plan::compile(const graph::Graph& graph, std::shared_ptr<WeightStore> weights,
                                          CompileOptions options) {
  const std::shared_ptr<Plan> plan(new Plan(std::move(weights), std::move(options)));
  for (const graph::Node& node : graph.nodes())
    if (const auto* input = std::get_if<graph::Input>(&node.op)) plan->input_names_.push_back(input->name);
  const graph::Graph optimized = graph::optimize(graph, plan->options_.disabled_passes);
  graph::Stages stages = split(optimized, plan->options_.disabled_passes);

  auto& timestep_part = stages.parts[static_cast<std::size_t>(Rate::timestep)];
  if (!timestep_part.nodes().empty()) {
    const std::int64_t batch = timestep_part.nodes()[0].shape[0];
    plan->steps_at_once_ = std::max<std::int64_t>(1, kTimestepRows / batch);
    timestep_part = graph::with_batch_times(timestep_part, plan->steps_at_once_);
  }
  const ThreadLease lease(*plan->options_.threads, plan->options_.team);
  for (std::size_t i = 0; i < 3; ++i) plan->programs_[i] = lower(stages.parts[i], *plan->weights_);
  return plan;
}

std::size_t Plan::hoisted_count() const {
  return program(Rate::request).steps.size() + program(Rate::timestep).steps.size();
}

void Plan::check(NamedInputs inputs, BatchBinding binding) const {
  for (const NamedInput& input : inputs)
    if (std::ranges::find(input_names_, input.name) == input_names_.end())
      fail(ErrorCode::internal, "run: there is no input {}", input.name);
  VENEER_CHECK(binding.size() <= 1 || static_cast<std::int64_t>(binding.size()) == batch());
}

void Plan::prepare(Workspace& workspace, NamedInputs inputs, std::span<const float> timesteps,
                   BatchBinding binding) const {
  check(inputs, binding);
  const ThreadLease lease(*options_.threads, options_.team);
  workspace.timesteps_ = timesteps.size();
  const auto at_once = static_cast<std::size_t>(steps_at_once_);
  const std::size_t rounds = (timesteps.size() + at_once - 1) / at_once;

  for (auto& carried : workspace.carried_) {
    const bool each_step = carried.port.rate == Rate::timestep;
    const std::size_t bytes = carried.bytes * (each_step ? rounds * at_once : 1);
    if (carried.values.size() < bytes) carried.values = Buffer(bytes);
    if (carried.port.name.starts_with("carry.")) continue;  // computed below
    if (each_step) {                                        // the timesteps themselves, one for each sample
      const std::size_t samples = carried.bytes / sizeof(float);
      for (std::size_t i = 0; i < timesteps.size() * samples; ++i) carried.values.f32()[i] = timesteps[i / samples];
    } else {
      std::memcpy(carried.values.data(), find(inputs, carried.port, bytes).bytes.data(), bytes);
    }
  }

  if (const Program& part = program(Rate::request); !part.steps.empty()) {
    ProgramState& state = workspace.states_[static_cast<std::size_t>(Rate::request)];
    for (const auto& port : part.inputs)
      state.set_outside(port.value, mutable_bytes(find(inputs, port, bytes_of(part, port.value)).bytes));
    for (const auto& port : part.outputs) state.set_outside(port.value, workspace.carried(port.name).values.data());
    state.execute(binding);
  }

  if (const Program& part = program(Rate::timestep); !part.steps.empty()) {
    ProgramState& state = workspace.states_[static_cast<std::size_t>(Rate::timestep)];
    const auto samples = static_cast<std::size_t>(part.batch) / at_once;
    for (std::size_t round = 0; round < rounds; ++round) {
      for (std::size_t i = 0; i < at_once * samples; ++i) {
        const std::size_t step = std::min(round * at_once + i / samples, timesteps.size() - 1);
        workspace.timestep_batch_.f32()[i] = timesteps[step];
      }
      for (const auto& port : part.inputs) state.set_outside(port.value, workspace.timestep_batch_.data());
      for (const auto& port : part.outputs) {
        auto& carried = workspace.carried(port.name);
        state.set_outside(port.value, carried.values.data() + round * at_once * carried.bytes);
      }
      state.execute(binding);
    }
  }
}

void Plan::run(Workspace& workspace, std::size_t index, NamedInputs inputs, NamedOutputs outputs,
               BatchBinding binding) const {
  check(inputs, binding);
  VENEER_CHECK(workspace.plan_.get() == this && (index == 0 || index < workspace.timesteps_));
  const ThreadLease lease(*options_.threads, options_.team);
  const Program& part = step();
  ProgramState& state = workspace.states_[static_cast<std::size_t>(Rate::step)];
  for (const auto& port : part.inputs)
    if (port.rate == Rate::step)
      state.set_outside(port.value, mutable_bytes(find(inputs, port, bytes_of(part, port.value)).bytes));
  for (const auto& carried : workspace.carried_) {
    if (carried.values.size() == 0) fail(ErrorCode::internal, "run: prepare was not called");
    const std::size_t skip = carried.port.rate == Rate::timestep ? index * carried.bytes : 0;
    state.set_outside(carried.port.value, carried.values.data() + skip);
  }
  for (const auto& port : part.outputs) {
    const auto output = std::ranges::find(outputs, port.name, &NamedOutput::name);
    if (output == outputs.end()) fail(ErrorCode::internal, "run: output {} is missing", port.name);
    VENEER_CHECK_EQ(output->values.size_bytes(), bytes_of(part, port.value));
    state.set_outside(port.value, reinterpret_cast<std::byte*>(output->values.data()));
  }
  state.execute(binding);
}

Workspace::Workspace(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)) {
  std::size_t arena = 0, scratch = 0;
  for (const Program& part : plan_->programs_) {
    arena = std::max(arena, part.arena_bytes);
    scratch = std::max(scratch, part.scratch_bytes);
  }
  arena_ = Buffer(arena);
  scratch_ = Buffer(scratch);
  const std::span<std::byte> scratch_bytes(scratch_.data(), scratch_.size());
  for (const Program& part : plan_->programs_) states_.emplace_back(part, arena_.data(), scratch_bytes);

  const Program& step = plan_->step();
  for (const auto& port : step.inputs)
    if (port.rate != Rate::step) carried_.push_back({port, bytes_of(step, port.value), {}});
  timestep_batch_ = Buffer(static_cast<std::size_t>(plan_->program(Rate::timestep).batch) * sizeof(float));
}

void Workspace::time_steps(StepTimer timer) {
  states_[static_cast<std::size_t>(Rate::step)].time_steps(std::move(timer));
}

Workspace::Carried& Workspace::carried(std::string_view name) {
  const auto found = std::ranges::find_if(carried_, [&](const Carried& carried) { return carried.port.name == name; });
  VENEER_CHECK(found != carried_.end());
  return *found;
}

}  // namespace veneer::runtime
