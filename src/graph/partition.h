// Splits a graph by how often its values change, so that what does not depend on the step is computed once.
#pragma once

#include <array>

#include "graph/graph.h"

namespace veneer::graph {

/// The three parts, indexed by Rate. A value that a later part needs is an output of the earlier part and an input of
/// the later one, under one name ("carry.N"). The whole graph's outputs are outputs of the step part, whatever their
/// rate.
struct Stages {
  std::array<Graph, 3> parts;
  [[nodiscard]] const Graph& of(Rate rate) const { return parts[static_cast<std::size_t>(rate)]; }
};

/// A graph without a value of rate `step` (a text encoder) is one evaluation: all of it is the step part.
Stages partition(const Graph& graph);

/// Everything in the step part: what the compiler takes when hoisting is switched off.
Stages unpartitioned(const Graph& graph);

/// The same graph for `factor` times the batch.
Graph with_batch_times(const Graph& graph, std::int64_t factor);

}  // namespace veneer::graph
