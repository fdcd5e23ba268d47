// A graph as a compiled plan computes it: beside the interpreter, on the same inputs. DEPENDS test_plans.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "runtime/plan.h"
#include "support/interpreter.h"
#include "support/random_graph.h"

namespace veneer::testing_support {

/// A plan knows one timestep for all samples of a batch.
void share_timesteps(const graph::Graph& graph, NamedTensors& inputs);

/// The adapters' sum as a binding. Plans over `weights` have been compiled.
std::shared_ptr<const runtime::AdapterBinding> make_binding(const runtime::WeightStore& weights,
                                                            std::span<const RandomDelta> deltas,
                                                            runtime::BindingForm form);

/// What a batch runs with: deltas for all of it, or a list for each sample.
using BatchDeltas = std::span<const std::vector<RandomDelta>>;

/// The graph's outputs by name, on two threads. The timestep is looked at as the second of two.
NamedTensors run_plan(const graph::Graph& graph, const NamedTensors& inputs, const graph::PassNames& disabled = {},
                      BatchDeltas deltas = {}, runtime::BindingForm form = runtime::BindingForm::merged);

}  // namespace veneer::testing_support
