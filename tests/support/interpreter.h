// Every operation of a Graph, computed in the obvious way with sums in double precision: what a compiled plan is
// compared with. NEVER used in production.
#pragma once

#include <map>
#include <string>

#include "graph/graph.h"
#include "tensor/tensor.h"

namespace veneer::testing_support {

using NamedTensors = std::map<std::string, Tensor>;

/// The graph's outputs by name. `inputs` holds a tensor of the declared type and shape for each of its Input nodes;
/// throws Error invalid_argument otherwise, or for a token id outside its table.
NamedTensors interpret(const graph::Graph& graph, const NamedTensors& inputs);

}  // namespace veneer::testing_support
