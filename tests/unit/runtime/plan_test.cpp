// What Plan::run promises beside its results: memory.
#include "runtime/plan.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/allocations.h"

namespace veneer::runtime {
namespace {

using graph::Graph;
using graph::Rate;
using graph::Value;
using testing_support::allocations;

constexpr std::int64_t kChannels = 32, kTokens = 40;

graph::Parameter parameter(const std::string& name, const Shape& shape, float value) {
  return {name, Tensor::from_f32(shape, std::vector<float>(static_cast<std::size_t>(element_count(shape)), value))};
}

/// Normalised, attended to itself, added: `sample` [1,T,C] -> `result`.
Graph without_weights() {
  Graph graph;
  const Value x = graph.input("sample", DType::f32, {1, kTokens, kChannels}, Rate::latent);
  graph::GroupNorm norm;
  norm.groups = 4;
  norm.gamma = parameter("gamma", {kChannels}, 1.5f);
  norm.beta = parameter("beta", {kChannels}, 0.5f);
  norm.activation = graph::Activation::silu;
  const Value normed = graph.add(norm, {x}, "norm");
  graph::Attention attention;
  attention.heads = 2;
  attention.head_dim = kChannels / 2;
  attention.scale = 0.25f;
  const Value attended = graph.add(attention, {normed, normed, normed}, "attention");
  graph.output("result", graph.add(graph::Add{}, {x, attended}, "add"));
  return graph;
}

Graph with_weights() {
  Graph graph;
  Value x = graph.input("sample", DType::f32, {1, kTokens, kChannels}, Rate::latent);
  for (const std::string name : {"first", "second"}) {
    graph::Linear linear;
    linear.parts = {{name, parameter(name + ".weight", {kChannels, kChannels}, 0.01f), std::nullopt}};
    x = graph.add(graph::Activate{graph::Activation::silu}, {graph.add(linear, {x}, name)}, name + ".silu");
  }
  graph.output("result", x);
  return graph;
}

class PlanMemory : public testing::Test {
 protected:
  /// What a run allocates that is not the first of its workspace.
  static void count(const Graph& graph) {
    const auto plan = Plan::compile(graph, std::make_shared<WeightStore>(), {std::make_shared<ThreadBudget>(2), 0, {}});
    Workspace workspace(plan);
    std::vector<float> sample(kTokens * kChannels, 1.0f), result(sample.size());
    const auto run = [&] { plan->run(workspace, 0, {{"sample", sample}}, {{"result", result}}); };
    run();
    allocations.made = allocations.large = 0;
    run();
  }
};

TEST_F(PlanMemory, RunAllocatesNothing) {
  count(without_weights());
  EXPECT_EQ(allocations.made, 0);
}

TEST_F(PlanMemory, OnlyOneDnnAllocatesAndOnlyItsArgumentLists) {
  count(with_weights());
  EXPECT_EQ(allocations.large, 0);
}

TEST(PlanRun, NamesTheInputThatIsMissingOrUnknown) {
  const auto plan =
      Plan::compile(without_weights(), std::make_shared<WeightStore>(), {std::make_shared<ThreadBudget>(1), 0, {}});
  Workspace workspace(plan);
  std::vector<float> values(kTokens * kChannels);
  const auto message = [&](NamedInputs inputs, NamedOutputs outputs) -> std::string {
    try {
      plan->run(workspace, 0, inputs, outputs);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message({}, {{"result", values}}), "run: input sample is missing");
  EXPECT_EQ(message({{"sample", values}}, {}), "run: output result is missing");
  EXPECT_EQ(message({{"sample", values}, {"text", values}}, {{"result", values}}), "run: there is no input text");
}

/// `sample` and a bias of each timestep, which is kept for the steps.
Graph with_timestep() {
  Graph graph;
  const Value x = graph.input("sample", DType::f32, {1, kChannels}, Rate::latent);
  const Value t = graph.input("timestep", DType::f32, {1}, Rate::timestep);
  graph.output("result",
               graph.add(graph::Add{}, {x, graph.add(graph::TimestepEmbedding{kChannels}, {t}, "time")}, "add"));
  return graph;
}

std::shared_ptr<const Plan> compiled(const Graph& graph) {
  return Plan::compile(graph, std::make_shared<WeightStore>(), {.threads = std::make_shared<ThreadBudget>(1)});
}

TEST(PlanCompile, AsksForThreads) {
  try {
    (void)Plan::compile(without_weights(), std::make_shared<WeightStore>(), {});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_STREQ(error.what(), "compile: threads: expected a budget, got none");
  }
}

TEST(PlanPrepare, RefusesAnotherPlansWorkspace) {
  const auto plan = compiled(with_timestep()), other = compiled(with_timestep());
  Workspace workspace(other);
  const std::vector<float> timesteps = {3, 2, 1};
  EXPECT_THROW(plan->prepare(workspace, {}, {{"timestep", timesteps}}), Error);
}

TEST(PlanPrepare, AFailureLeavesNothingPrepared) {
  const auto plan = compiled(with_timestep());
  Workspace workspace(plan);
  const std::vector<float> timesteps = {3, 2, 1};
  std::vector<float> sample(kChannels), result(kChannels);
  plan->prepare(workspace, {}, {{"timestep", timesteps}});
  plan->run(workspace, 2, {{"sample", sample}}, {{"result", result}});
  EXPECT_THROW(plan->prepare(workspace, {}, NamedInputs{}), Error);  // no schedule
  EXPECT_THROW(plan->run(workspace, 0, {{"sample", sample}}, {{"result", result}}), Error);
}

/// Each of two inputs that depend on the timestep has numbers of its own.
TEST(PlanPrepare, GivesEachInputOfTheScheduleItsOwnNumbers) {
  Graph graph;
  const Value x = graph.input("sample", DType::f32, {1, 2}, Rate::latent);
  const auto embed = [&](const char* name) {
    const Value t = graph.input(name, DType::f32, {1}, Rate::timestep);
    return graph.add(graph::TimestepEmbedding{2}, {t}, name);  // cos, sin
  };
  const Value sum = graph.add(graph::Add{}, {embed("timestep"), embed("next")}, "sum");
  graph.output("result", graph.add(graph::Add{}, {x, sum}, "add"));
  const auto plan = compiled(graph);
  Workspace workspace(plan);
  const std::vector<float> timesteps = {0, 1}, next = {1, 0};
  std::vector<float> sample(2), first(2), second(2);
  plan->prepare(workspace, {}, {{"timestep", timesteps}, {"next", next}});
  plan->run(workspace, 0, {{"sample", sample}}, {{"result", first}});
  plan->run(workspace, 1, {{"sample", sample}}, {{"result", second}});
  EXPECT_EQ(first, second);
  EXPECT_NE(first, (std::vector<float>{2, 0}));  // what zeros alone would give
}

}  // namespace
}  // namespace veneer::runtime
