// Every rewrite of a graph, interpreted, gives what the graph itself gives: on random graphs.
#include "graph/passes/passes.h"

#include <gtest/gtest.h>

#include "graph/partition.h"
#include "support/golden.h"
#include "support/interpreter.h"
#include "support/random_graph.h"

namespace veneer::graph {
namespace {

using testing_support::interpret;
using testing_support::NamedTensors;
using testing_support::random_graph;
using testing_support::RandomGraph;

constexpr std::uint64_t kGraphs = 150;
constexpr testing_support::Tolerance kTolerance{.of_range = 1e-5};

void expect_same(const NamedTensors& actual, const NamedTensors& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (const auto& [name, tensor] : expected)
    EXPECT_TRUE(testing_support::close(actual.at(name), tensor, kTolerance)) << name;
}

class PassProperty : public testing::TestWithParam<Pass> {};

TEST_P(PassProperty, KeepsValuesAndFindsWork) {
  int rewritten = 0;
  for (std::uint64_t seed = 0; seed < kGraphs; ++seed) {
    SCOPED_TRACE(seed);
    const RandomGraph random = random_graph(seed);
    const Graph after = GetParam().run(random.graph);
    if (dump(after) == dump(random.graph)) continue;
    ++rewritten;
    expect_same(interpret(after, random.inputs), interpret(random.graph, random.inputs));
  }
  EXPECT_GE(rewritten, 10) << "random graphs hold too little of what this pass looks for";
}

INSTANTIATE_TEST_SUITE_P(Passes, PassProperty, testing::ValuesIn(passes().begin(), passes().end()),
                         [](const auto& pass) { return std::string(pass.param.name); });

TEST(PassesProperty, TogetherKeepValues) {
  for (std::uint64_t seed = 0; seed < kGraphs; ++seed) {
    SCOPED_TRACE(seed);
    const RandomGraph random = random_graph(seed);
    const NamedTensors expected = interpret(random.graph, random.inputs);
    expect_same(interpret(optimize(random.graph), random.inputs), expected);
  }
}

TEST(PassesProperty, RunningThemAgainChangesNothing) {
  for (std::uint64_t seed = 0; seed < kGraphs; ++seed) {
    const Graph once = optimize(random_graph(seed).graph);
    EXPECT_EQ(dump(optimize(once)), dump(once)) << seed;
  }
}

/// The parts one after the other, each given the request's inputs and what earlier parts carry over.
NamedTensors interpret_parts(const Parts& parts, NamedTensors values) {
  NamedTensors outputs;
  for (const Part& part : parts.parts) {
    outputs = interpret(part.graph, values);
    for (const auto& [name, tensor] : outputs) values[name] = tensor;
  }
  return outputs;
}

TEST(PartitionProperty, StagesGiveTheWhole) {
  for (std::uint64_t seed = 0; seed < kGraphs; ++seed) {
    SCOPED_TRACE(seed);
    const RandomGraph random = random_graph(seed);
    const NamedTensors expected = interpret(random.graph, random.inputs);
    expect_same(interpret_parts(partition(random.graph), random.inputs), expected);
    expect_same(interpret_parts(unpartitioned(random.graph), random.inputs), expected);
  }
}

TEST(PartitionProperty, EachStageComputesWhatItMay) {
  int mixed = 0;
  for (std::uint64_t seed = 0; seed < kGraphs; ++seed) {
    const Parts parts = partition(random_graph(seed).graph);
    for (const Node& node : parts.of(Stage::request).graph.nodes()) EXPECT_EQ(node.rate, Rate::request) << seed;
    for (const Node& node : parts.of(Stage::timesteps).graph.nodes()) {
      EXPECT_FALSE(node.rate.contains(Rate::latent)) << seed << ": " << node.name;
      mixed += node.rate == (Rate::request | Rate::timestep) ? 1 : 0;
    }
  }
  EXPECT_GT(mixed, 10) << "random graphs hold too few values that depend on the request and the timestep";
}

// What a residual would pull into every step stays where it was: Linear(text) + sample.
TEST(FuseResidual, LeavesWhatIsComputedOnceOutOfTheSteps) {
  Graph graph;
  const Value sample = graph.input("sample", DType::f32, {1, 3, 2}, Rate::latent);
  const Value text = graph.input("text", DType::f32, {1, 3, 2}, Rate::request);
  const Parameter weight{"w", Tensor::from_f32({2, 2}, {1, 2, 3, 4})};
  const Value projected = graph.add(Linear{{{"slot", weight, {}}}}, {text}, "linear");
  graph.output("y", graph.add(Add{}, {projected, sample}, "add"));
  EXPECT_EQ(dump(fuse_residual(graph)), dump(graph));
  EXPECT_EQ(partition(optimize(graph)).of(Stage::request).graph.nodes().size(), 2U);
}

TEST(Dump, ShowsEveryAttribute) {
  const auto with = [](Op op) {
    Graph graph;
    const Value x = graph.input("x", DType::f32, {1, 4, 4, 2}, Rate::latent);
    (void)graph.add(std::move(op), {x}, "node");
    return dump(graph);
  };
  EXPECT_NE(with(Activate{Activation::silu}), with(Activate{Activation::gelu}));
  EXPECT_NE(with(Scale{1, 2}), with(Scale{1, 3}));
  EXPECT_NE(with(Upsample{8, 8}), with(Upsample{8, 4}));
  const Parameter ones{"ones", Tensor::from_f32({2}, {1, 1})};
  EXPECT_NE(with(GroupNorm{1, 1e-5, ones, ones}), with(GroupNorm{1, 1e-6, ones, ones}));
  EXPECT_NE(with(GroupNorm{1, 1e-5, ones, ones}), with(GroupNorm{1, 1e-5, ones, ones, Activation::silu}));
}

}  // namespace
}  // namespace veneer::graph
