// A compiled plan computes what the naive interpreter computes, whatever passes are off; on random graphs.
#include "runtime/plan.h"

#include <gtest/gtest.h>

#include "support/golden.h"
#include "support/interpreter.h"
#include "support/random_graph.h"

namespace veneer::runtime {
namespace {

using graph::Graph;
using graph::Rate;
using testing_support::NamedTensors;

/// A plan knows one timestep for all samples of a batch.
void share_timesteps(const Graph& graph, NamedTensors& inputs) {
  for (const graph::Node& node : graph.nodes()) {
    const auto* input = std::get_if<graph::Input>(&node.op);
    if (input && input->rate == Rate::timestep)
      inputs[input->name] = Tensor::from_f32(
          node.shape, std::vector<float>(static_cast<std::size_t>(node.shape[0]), inputs.at(input->name).f32()[0]));
  }
}

NamedTensors run_plan(const Graph& graph, const NamedTensors& inputs, const graph::PassNames& disabled) {
  const auto threads = std::make_shared<ThreadBudget>(2);
  const auto plan = Plan::compile(graph, std::make_shared<WeightStore>(), {threads, 0, disabled});
  Workspace workspace(plan);

  std::vector<NamedInput> named;
  std::vector<float> timesteps;
  bool has_steps = false;
  for (const graph::Node& node : graph.nodes()) {
    const auto* input = std::get_if<graph::Input>(&node.op);
    has_steps = has_steps || node.rate == Rate::step;
    if (!input) continue;
    const Tensor& value = inputs.at(input->name);
    if (input->rate == Rate::timestep) timesteps = {7.0f, value.f32()[0]};  // an earlier step, and the one looked at
    if (input->dtype == DType::f32) {
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
  if (has_steps) plan->prepare(workspace, NamedInputs(named), timesteps);
  const std::size_t index = has_steps && !timesteps.empty() ? 1 : 0;
  plan->run(workspace, index, NamedInputs(named), NamedOutputs(outputs));
  NamedTensors result;
  for (const graph::Output& output : graph.outputs())
    result[output.name] = Tensor::from_f32(graph.shape(output.value), values[output.name]);
  return result;
}

void compare(std::uint64_t seed, const graph::PassNames& disabled) {
  auto [graph, inputs] = testing_support::random_graph(seed);
  share_timesteps(graph, inputs);
  const NamedTensors expected = testing_support::interpret(graph, inputs);
  const NamedTensors actual = run_plan(graph, inputs, disabled);
  for (const auto& [name, value] : expected)
    EXPECT_TRUE(testing_support::close(actual.at(name), value, {.of_range = 1e-4}))
        << "seed " << seed << ", output " << name << "\n"
        << dump(graph);
}

TEST(PlanProperty, ComputesWhatTheInterpreterComputes) {
  for (std::uint64_t seed = 0; seed < 60 && !HasFailure(); ++seed) compare(seed, {});
}

TEST(PlanProperty, WithEveryPassOffInTurn) {
  std::vector<graph::PassNames> choices = {{"hoist"}};
  graph::PassNames all = {"hoist"};
  for (const graph::Pass& pass : graph::passes()) {
    choices.push_back({std::string(pass.name)});
    all.insert(std::string(pass.name));
  }
  choices.push_back(all);
  for (const auto& disabled : choices)
    for (std::uint64_t seed = 100; seed < 110 && !HasFailure(); ++seed) compare(seed, disabled);
}

}  // namespace
}  // namespace veneer::runtime
