// A compiled plan computes what the naive interpreter computes, whatever passes are off, and a plan with adapters what
// it computes over weights that hold them; on random graphs.
#include "runtime/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "support/golden.h"
#include "support/interpreter.h"
#include "support/random_graph.h"

namespace veneer::runtime {
namespace {

using graph::Graph;
using graph::Rate;
using testing_support::NamedTensors;
using testing_support::RandomDelta;

/// A plan knows one timestep for all samples of a batch.
void share_timesteps(const Graph& graph, NamedTensors& inputs) {
  for (const graph::Node& node : graph.nodes()) {
    const auto* input = std::get_if<graph::Input>(&node.op);
    if (input && input->rate == Rate::timestep)
      inputs[input->name] = Tensor::from_f32(
          node.shape, std::vector<float>(static_cast<std::size_t>(node.shape[0]), inputs.at(input->name).f32()[0]));
  }
}

/// What a batch runs with: deltas for all of it, or a list for each sample.
using BatchDeltas = std::span<const std::vector<RandomDelta>>;

std::shared_ptr<const AdapterBinding> make_binding(const WeightStore& weights, std::span<const RandomDelta> deltas,
                                                   BindingForm form) {
  std::map<std::string, SlotDelta> by_slot;
  for (const auto& [slot, down, up, scale] : deltas) {
    SlotDelta& delta = by_slot[slot];
    delta.slot = weights.find_slot(slot).value();
    delta.form = form;
    delta.terms.push_back({down, up, scale});
  }
  std::vector<SlotDelta> sums;
  for (auto& [slot, delta] : by_slot) sums.push_back(std::move(delta));
  return AdapterBinding::make(weights, sums);
}

NamedTensors run_plan(const Graph& graph, const NamedTensors& inputs, const graph::PassNames& disabled,
                      BatchDeltas deltas = {}, BindingForm form = BindingForm::merged) {
  const auto threads = std::make_shared<ThreadBudget>(2);
  const auto plan = Plan::compile(graph, std::make_shared<WeightStore>(), {threads, 0, disabled});
  Workspace workspace(plan);
  std::vector<std::shared_ptr<const AdapterBinding>> bindings;
  std::vector<const AdapterBinding*> binding;
  for (const auto& own : deltas) {
    bindings.push_back(make_binding(plan->weights(), own, form));
    binding.push_back(bindings.back().get());
  }

  std::vector<NamedInput> named, schedule;
  std::vector<float> timesteps;
  bool has_steps = false;
  for (const graph::Node& node : graph.nodes()) {
    const auto* input = std::get_if<graph::Input>(&node.op);
    has_steps = has_steps || node.rate.contains(Rate::latent);
    if (!input) continue;
    const Tensor& value = inputs.at(input->name);
    if (input->rate == Rate::timestep) {
      timesteps = {7.0f, value.f32()[0]};  // an earlier step, and the one looked at
      schedule.emplace_back(input->name, timesteps);
    } else if (input->dtype == DType::f32) {
      named.emplace_back(input->name, value.f32());
    } else {
      named.emplace_back(input->name, std::span(reinterpret_cast<const std::int32_t*>(value.bytes().data()),
                                                static_cast<std::size_t>(value.size())));
    }
  }
  std::map<std::string, std::vector<float>> values;
  std::vector<NamedOutput> outputs;
  for (const graph::Output& output : graph.outputs()) {
    auto& value = values[output.name];
    value.resize(static_cast<std::size_t>(element_count(graph.shape(output.value))));
    outputs.push_back({output.name, value});
  }
  if (has_steps) plan->prepare(workspace, NamedInputs(named), NamedInputs(schedule), binding);
  const std::size_t index = has_steps && !timesteps.empty() ? 1 : 0;
  plan->run(workspace, index, NamedInputs(named), NamedOutputs(outputs), binding);
  NamedTensors result;
  for (const graph::Output& output : graph.outputs())
    result[output.name] = Tensor::from_f32(graph.shape(output.value), values[output.name]);
  return result;
}

struct Case {
  explicit Case(std::uint64_t number) : seed(number) {
    auto [random, values] = testing_support::random_graph(seed);
    share_timesteps(random, values);
    graph = std::move(random);
    inputs = std::move(values);
  }
  std::uint64_t seed;
  Graph graph;
  NamedTensors inputs;
};

void expect_close(const Case& one, const NamedTensors& actual, const NamedTensors& expected) {
  for (const auto& [name, value] : expected)
    EXPECT_TRUE(testing_support::close(actual.at(name), value, {.of_range = 1e-4}))
        << "seed " << one.seed << ", output " << name << "\n"
        << dump(one.graph);
}

void compare(std::uint64_t seed, const graph::PassNames& disabled) {
  const Case one(seed);
  expect_close(one, run_plan(one.graph, one.inputs, disabled), testing_support::interpret(one.graph, one.inputs));
}

/// weight + scale * up * down, in double precision.
void add_delta(graph::SlotWeight& weight, const RandomDelta& delta) {
  const Tensor& base = weight.weight.tensor;
  const std::vector<float> before = base.to_f32(), down = delta.down.to_f32(), up = delta.up.to_f32();
  const std::size_t columns = before.size() / static_cast<std::size_t>(base.dim(0)), rank = down.size() / columns;
  std::vector<float> after;
  for (std::size_t i = 0; i < before.size(); ++i) {
    double product = 0;
    for (std::size_t r = 0; r < rank; ++r)
      product += double{up[i / columns * rank + r]} * double{down[r * columns + i % columns]};
    after.push_back(static_cast<float>(double{before[i]} + double{delta.scale} * product));
  }
  weight.weight.tensor = Tensor::from_f32(base.shape(), std::move(after));
}

/// The graph over weights that hold the deltas.
Graph with_deltas(const Graph& graph, std::span<const RandomDelta> deltas) {
  const auto change = [&](graph::SlotWeight& weight) {
    for (const RandomDelta& delta : deltas)
      if (delta.slot == weight.slot) add_delta(weight, delta);
  };
  Graph result;
  for (const graph::Node& node : graph.nodes()) {
    graph::Op op = node.op;
    if (auto* linear = std::get_if<graph::Linear>(&op)) std::ranges::for_each(linear->parts, change);
    if (auto* conv = std::get_if<graph::Conv2d>(&op)) change(conv->weight);
    result.add(std::move(op), node.inputs, node.name);
  }
  for (const graph::Output& output : graph.outputs()) result.output(output.name, output.value);
  return result;
}

constexpr BindingForm kForms[] = {BindingForm::merged, BindingForm::branch};

/// The binding acts as if its deltas stood in the weights.
void compare_bound(std::uint64_t seed, const graph::PassNames& disabled) {
  const Case one(seed);
  const std::vector<RandomDelta> deltas = testing_support::random_deltas(one.graph, seed);
  const NamedTensors expected = testing_support::interpret(with_deltas(one.graph, deltas), one.inputs);
  for (const BindingForm form : kForms)
    expect_close(one, run_plan(one.graph, one.inputs, disabled, {&deltas, 1}, form), expected);
}

/// Each pass in turn, then all of them.
std::vector<graph::PassNames> passes_off_in_turn() {
  std::vector<graph::PassNames> choices = {{"hoist"}};
  graph::PassNames all = {"hoist"};
  for (const graph::Pass& pass : graph::passes()) {
    choices.push_back({std::string(pass.name)});
    all.insert(std::string(pass.name));
  }
  choices.push_back(all);
  return choices;
}

TEST(PlanProperty, ComputesWhatTheInterpreterComputes) {
  for (std::uint64_t seed = 0; seed < 60 && !HasFailure(); ++seed) compare(seed, {});
}

TEST(PlanProperty, WithEveryPassOffInTurn) {
  for (const auto& disabled : passes_off_in_turn())
    for (std::uint64_t seed = 100; seed < 110 && !HasFailure(); ++seed) compare(seed, disabled);
}

TEST(BoundPlanProperty, ComputesWhatMergedWeightsCompute) {
  for (std::uint64_t seed = 200; seed < 240 && !HasFailure(); ++seed) compare_bound(seed, {});
}

TEST(BoundPlanProperty, WithEveryPassOffInTurn) {
  for (const auto& disabled : passes_off_in_turn())
    for (std::uint64_t seed = 300; seed < 308 && !HasFailure(); ++seed) compare_bound(seed, disabled);
}

TEST(BoundPlanProperty, DeltasOfScaleZeroLeaveEveryBit) {
  for (std::uint64_t seed = 400; seed < 420 && !HasFailure(); ++seed) {
    const Case one(seed);
    std::vector<RandomDelta> deltas = testing_support::random_deltas(one.graph, seed);
    for (RandomDelta& delta : deltas) delta.scale = 0;
    const NamedTensors base = run_plan(one.graph, one.inputs, {});
    for (const BindingForm form : kForms)
      for (const auto& [name, value] : run_plan(one.graph, one.inputs, {}, {&deltas, 1}, form))
        EXPECT_TRUE(testing_support::identical(value, base.at(name))) << "seed " << seed << ", output " << name;
  }
}

/// Sample `index` of a batch.
std::span<const float> sample(const Tensor& values, std::size_t index) {
  const std::size_t size = values.f32().size() / static_cast<std::size_t>(values.dim(0));
  return values.f32().subspan(index * size, size);
}

TEST(BoundPlanProperty, EachSampleHasItsOwnDeltas) {
  int batches = 0;
  for (std::uint64_t seed = 500; seed < 540 && !HasFailure(); ++seed) {
    const Case one(seed);
    const auto batch = static_cast<std::size_t>(one.inputs.at("sample").dim(0));
    std::vector<std::vector<RandomDelta>> deltas;
    for (std::size_t i = 0; i < batch; ++i) deltas.push_back(testing_support::random_deltas(one.graph, seed * 10 + i));
    const NamedTensors mixed = run_plan(one.graph, one.inputs, {}, deltas);
    for (std::size_t i = 0; i < batch; ++i)
      for (const auto& [name, value] : testing_support::interpret(with_deltas(one.graph, deltas[i]), one.inputs))
        EXPECT_TRUE(testing_support::close(sample(mixed.at(name), i), sample(value, i), {.of_range = 1e-4}))
            << "seed " << seed << ", sample " << i << ", output " << name;
    batches += batch > 1 ? 1 : 0;
  }
  EXPECT_GT(batches, 10);
}

}  // namespace
}  // namespace veneer::runtime
