// Small random graphs for property tests: every operation, every attribute, odd extents, and the patterns that passes
// look for. The same seed gives the same graph everywhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "support/interpreter.h"

namespace veneer::testing_support {

struct RandomGraph {
  graph::Graph graph;
  NamedTensors inputs;  ///< one for each of its Input nodes
};

/// Every value that no node reads is an output, and so are a few that others read. Values stay near unit variance, so
/// that a tolerance of 1e-4 of the range suits all outputs.
RandomGraph random_graph(std::uint64_t seed);

/// Other values for the same inputs.
NamedTensors random_inputs(const graph::Graph& graph, std::uint64_t seed);

/// What an adapter adds to one weight: scale * up * down.
struct RandomDelta {
  std::string slot;
  Tensor down, up;
  float scale = 1;
};

/// None, one or two for each slot, of any rank from 1 to 5, stored in any type; each about as large as the weight.
std::vector<RandomDelta> random_deltas(const graph::Graph& graph, std::uint64_t seed);

}  // namespace veneer::testing_support
