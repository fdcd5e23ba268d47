// The adapter slots of a graph: what an adapter file can be matched with before anything is compiled.
#pragma once

#include <string>
#include <vector>

#include "graph/partition.h"

namespace veneer::graph {

struct Slot {
  std::string name;
  std::int64_t out = 0, in = 0, kernel_height = 1, kernel_width = 1;
  std::int64_t rows = 0;      ///< of the layer's output, in this graph: pixels or tokens times batch
  Stage stage = Stage::step;  ///< in which the layer is computed
};

/// In order of name.
std::vector<Slot> slots(const Graph& graph);

}  // namespace veneer::graph
