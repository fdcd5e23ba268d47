// Small random graphs for property tests: every operation, every attribute, odd extents, and the patterns that passes
// look for. The same seed gives the same graph everywhere.
#pragma once

#include <cstdint>

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

}  // namespace veneer::testing_support
