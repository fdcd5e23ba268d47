#include "graph/passes/passes.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "graph/slots.h"

namespace veneer::graph {
namespace {

constexpr Pass kPasses[] = {
    {"fold_pointwise", "1x1 convolutions become linear layers", fold_pointwise},
    {"fuse_norm_shift", "the time embedding is added inside GroupNorm", fuse_norm_shift},
    {"fuse_norm_activation", "SiLU is applied inside GroupNorm", fuse_norm_activation},
    {"fuse_residual", "residuals are added inside linear layers and convolutions", fuse_residual},
    {"fuse_projections", "q, k and v of one input are one linear layer", fuse_projections},
};

/// The stages in which the layers with slots are computed, by slot.
std::map<std::string, std::set<Stage>> slot_stages(const Graph& graph) {
  std::map<std::string, std::set<Stage>> result;
  for (const Slot& slot : slots(graph)) result[slot.name].insert(slot.stage);
  return result;
}

/// A pass may change how outputs are computed, not what they are called, how they are shaped or what they depend on;
/// and it moves no layer into a later stage.
void verify(const Graph& before, const Graph& after, std::string_view pass) {
  bool same = before.outputs().size() == after.outputs().size();
  for (std::size_t i = 0; same && i < after.outputs().size(); ++i) {
    const Output &a = before.outputs()[i], &b = after.outputs()[i];
    same = a.name == b.name && before.shape(a.value) == after.shape(b.value) &&
           before.node(a.value).rate == after.node(b.value).rate;
  }
  if (!same) fail(ErrorCode::internal, "pass {}: the graph's outputs changed", pass);
  if (slot_stages(before) != slot_stages(after))
    fail(ErrorCode::internal, "pass {}: a layer moved to another stage", pass);
}

}  // namespace

std::span<const Pass> passes() {
  return kPasses;
}

Graph optimize(const Graph& graph, const PassNames& disabled) {
  for (const std::string& name : disabled)
    if (name != "hoist" && std::ranges::find(kPasses, name, &Pass::name) == std::end(kPasses))
      fail(ErrorCode::invalid_argument, "disabled passes: there is no pass \"{}\"", name);
  Graph result = graph;
  for (const Pass& pass : kPasses) {
    if (disabled.contains(pass.name)) continue;
    Graph rewritten = pass.run(result);
    verify(result, rewritten, pass.name);
    result = std::move(rewritten);
  }
  return result;
}

}  // namespace veneer::graph
