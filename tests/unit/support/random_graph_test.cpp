#include "support/random_graph.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace veneer::testing_support {
namespace {

TEST(RandomGraph, UsesEveryOperation) {
  std::set<std::size_t> used;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const graph::Graph graph = random_graph(seed).graph;
    for (const graph::Node& node : graph.nodes()) used.insert(node.op.index());
  }
  EXPECT_EQ(used.size(), std::variant_size_v<graph::Op>);
}

TEST(RandomGraph, ValuesAreFiniteAndNotFlat) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    const RandomGraph random = random_graph(seed);
    for (const auto& [name, tensor] : interpret(random.graph, random.inputs)) {
      float largest = 0;
      for (const float value : tensor.f32()) {
        ASSERT_TRUE(std::isfinite(value)) << name;
        largest = std::max(largest, std::abs(value));
      }
      EXPECT_LT(largest, 1e4F) << name;
      EXPECT_GT(largest, 1e-4F) << name;
    }
  }
}

TEST(RandomGraph, DependsOnTheSeedAlone) {
  EXPECT_EQ(graph::dump(random_graph(7).graph), graph::dump(random_graph(7).graph));
  EXPECT_NE(graph::dump(random_graph(7).graph), graph::dump(random_graph(8).graph));
}

}  // namespace
}  // namespace veneer::testing_support
