// Splits a graph by what its values depend on, so that what does not depend on the latents is computed before the first
// step.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "graph/graph.h"

namespace veneer::graph {

/// When a value is computed.
enum class Stage {
  request,    ///< once a request
  timesteps,  ///< before the first step, for all timesteps of the request
  step,       ///< in each step
};

/// The stage of each node. Vectors [N,C] that depend on the timestep and not on the latents (embeddings of time,
/// modulations) are computed for all steps at once, where a weight is read once for many steps; tokens and images that
/// do would take memory for each step and save nothing, so they stay in the step. A graph without latents (a text
/// encoder) is one evaluation: all of it is the step's.
std::vector<Stage> stages(const Graph& graph);

/// What a stage takes from an earlier one.
struct Carry {
  Value input;  ///< of the stage's graph
  Stage from = Stage::request;
  std::size_t output = 0;  ///< index into that stage's outputs
};

/// The graph of one stage. Its other inputs are those of the whole graph, under their names.
struct Part {
  Graph graph;
  std::vector<Carry> carries;
};

/// The whole graph's outputs are the outputs of the step part, whatever they depend on.
struct Parts {
  std::array<Part, 3> parts;
  [[nodiscard]] const Part& of(Stage stage) const { return parts[static_cast<std::size_t>(stage)]; }
  [[nodiscard]] Part& of(Stage stage) { return parts[static_cast<std::size_t>(stage)]; }
};

Parts partition(const Graph& graph);

/// Everything in the step part: what the compiler takes when hoisting is switched off.
Parts unpartitioned(const Graph& graph);

/// The same graph for `factor` times the batch.
Graph with_batch_times(const Graph& graph, std::int64_t factor);

}  // namespace veneer::graph
