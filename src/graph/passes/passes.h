// The rewrites between a model's graph and the compiler. Each is a function from graph to graph that leaves every
// output what it was up to rounding, and each can be switched off by name.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "graph/graph.h"

namespace veneer::graph {

struct Pass {
  std::string_view name;
  std::string_view what;
  Graph (*run)(const Graph&);
};

/// In the order in which they run.
std::span<const Pass> passes();

using PassNames = std::set<std::string, std::less<>>;

/// Runs all passes but the disabled ones and verifies the graph after each. Throws Error invalid_argument for a name
/// that is no pass ("hoist" is accepted: it is the compiler's own, see partition.h) and internal when a pass breaks the
/// graph.
Graph optimize(const Graph& graph, const PassNames& disabled = {});

Graph fold_pointwise(const Graph& graph);        // 1x1 convolutions are linear layers
Graph fuse_norm_shift(const Graph& graph);       // GroupNorm(x + shift)
Graph fuse_norm_activation(const Graph& graph);  // silu(GroupNorm(x))
Graph fuse_residual(const Graph& graph);         // Linear(x) + y, Conv2d(x) + y
Graph fuse_projections(const Graph& graph);      // q, k, v of one x as one Linear

}  // namespace veneer::graph
