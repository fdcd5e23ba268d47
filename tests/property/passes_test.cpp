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
NamedTensors interpret_stages(const Stages& stages, NamedTensors values) {
  NamedTensors outputs;
  for (const Graph& part : stages.parts) {
    outputs = interpret(part, values);
    for (const auto& [name, tensor] : outputs) values[name] = tensor;
  }
  return outputs;
}

TEST(PartitionProperty, StagesGiveTheWhole) {
  for (std::uint64_t seed = 0; seed < kGraphs; ++seed) {
    SCOPED_TRACE(seed);
    const RandomGraph random = random_graph(seed);
    const NamedTensors expected = interpret(random.graph, random.inputs);
    expect_same(interpret_stages(partition(random.graph), random.inputs), expected);
    expect_same(interpret_stages(unpartitioned(random.graph), random.inputs), expected);
  }
}

TEST(PartitionProperty, EachStageComputesItsRateAlone) {
  for (std::uint64_t seed = 0; seed < kGraphs; ++seed) {
    const Stages stages = partition(random_graph(seed).graph);
    for (const Rate rate : {Rate::request, Rate::timestep})
      for (const Node& node : stages.of(rate).nodes()) EXPECT_LE(node.rate, rate) << seed << ": " << node.name;
  }
}

}  // namespace
}  // namespace veneer::graph
