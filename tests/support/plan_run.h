// A graph through the compiler: what a parity test compares with the reference beside the interpreter's answer.
#pragma once

#include "graph/graph.h"
#include "support/interpreter.h"

namespace veneer::testing_support {

/// The graph's outputs by name, computed by a compiled plan on two threads: the first evaluation of a schedule of one.
/// Samples of a batch have one timestep.
NamedTensors run_compiled(const graph::Graph& graph, const NamedTensors& inputs);

}  // namespace veneer::testing_support
