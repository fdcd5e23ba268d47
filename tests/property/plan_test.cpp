// A compiled plan computes what the naive interpreter computes, whatever passes are off, and a plan with adapters what
// it computes over weights that hold them; on random graphs.
#include "runtime/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "support/golden.h"
#include "support/interpreter.h"
#include "support/random_graph.h"
#include "support/run_plan.h"

namespace veneer::runtime {
namespace {

using graph::Graph;
using graph::Rate;
using testing_support::BatchDeltas;
using testing_support::make_binding;
using testing_support::NamedTensors;
using testing_support::RandomDelta;
using testing_support::run_plan;
using testing_support::share_timesteps;

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
