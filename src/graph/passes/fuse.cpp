#include <algorithm>

#include "graph/passes/passes.h"
#include "graph/passes/rewriter.h"

namespace veneer::graph {
namespace {

/// Linear or Conv2d that has no residual yet and feeds only an Add of its own rate: what is computed once is not to
/// move into every step.
bool takes_residual(const Rewriter& graph, Value value) {
  const bool weighted = graph.as<Linear>(value) || graph.as<Conv2d>(value);
  const Value user = graph.only_user(value);
  return weighted && graph.node(value).inputs.size() == 1 && graph.as<Add>(user) &&
         graph.node(user).rate == graph.node(value).rate;
}

/// Which operand of the Add takes the other as its residual; none if neither can.
Value residual_taker(const Rewriter& graph, Value add) {
  const auto& inputs = graph.node(add).inputs;
  const Value later = std::max(inputs[0], inputs[1]), earlier = std::min(inputs[0], inputs[1]);
  if (takes_residual(graph, later)) return later;
  return takes_residual(graph, earlier) ? earlier : Value{};
}

}  // namespace

Graph fold_pointwise(const Graph& graph) {
  return rewrite(graph, [](Rewriter& to, Value value) {
    const auto* conv = to.as<Conv2d>(value);
    if (conv && conv->stride == 1 && conv->padding == Padding{} && conv->weight.weight.tensor.dim(2) == 1 &&
        conv->weight.weight.tensor.dim(3) == 1)
      return to.replace(value, Linear{{conv->weight}}, to.node(value).inputs);
    to.copy(value);
  });
}

Graph fuse_norm_shift(const Graph& graph) {
  const auto absorbs = [](const Rewriter& to, Value norm) {
    return to.as<GroupNorm>(norm) && to.node(norm).inputs.size() == 1;
  };
  return rewrite(graph, [&](Rewriter& to, Value value) {
    if (to.as<AddChannels>(value) && absorbs(to, to.only_user(value))) return;
    if (absorbs(to, value)) {
      const Value x = to.node(value).inputs[0];
      if (to.as<AddChannels>(x) && to.only_user(x) == value)
        return to.replace(value, to.node(value).op, to.node(x).inputs);
    }
    to.copy(value);
  });
}

Graph fuse_norm_activation(const Graph& graph) {
  const auto fuses = [](const Rewriter& to, Value norm) {
    const auto* attributes = to.as<GroupNorm>(norm);
    const auto* activate = to.as<Activate>(to.only_user(norm));
    return attributes && attributes->activation == Activation::none && activate && activate->kind == Activation::silu;
  };
  return rewrite(graph, [&](Rewriter& to, Value value) {
    if (fuses(to, value)) return;
    if (to.as<Activate>(value) && fuses(to, to.node(value).inputs[0])) {
      const Value norm = to.node(value).inputs[0];
      GroupNorm fused = *to.as<GroupNorm>(norm);
      fused.activation = Activation::silu;
      return to.replace(value, fused, to.node(norm).inputs);
    }
    to.copy(value);
  });
}

Graph fuse_residual(const Graph& graph) {
  return rewrite(graph, [](Rewriter& to, Value value) {
    if (takes_residual(to, value) && residual_taker(to, to.only_user(value)) == value) return;
    if (to.as<Add>(value)) {
      const Value taker = residual_taker(to, value);
      if (taker.id >= 0) {
        const auto& inputs = to.node(value).inputs;
        const Value residual = inputs[0] == taker ? inputs[1] : inputs[0];
        to.alias(value, to.append(to.node(taker).op, {to.node(taker).inputs[0], residual}, to.node(taker).name));
        return;
      }
    }
    to.copy(value);
  });
}

Graph fuse_projections(const Graph& graph) {
  // Attention reads q, k and v at column offsets, so projections of one input may stand side by side in one value.
  const auto group = [](const Rewriter& to, Value attention, Value member) {
    std::vector<Value> members;
    for (const Value input : to.node(attention).inputs) {
      const bool fusible =
          to.as<Linear>(input) && to.node(input).inputs.size() == 1 && to.only_user(input) == attention;
      if (fusible && to.node(input).inputs == to.node(member).inputs) members.push_back(input);
    }
    std::sort(members.begin(), members.end());
    return members;
  };
  return rewrite(graph, [&](Rewriter& to, Value value) {
    const Value user = to.only_user(value);
    if (to.as<Linear>(value) && to.as<Attention>(user)) {
      const auto members = group(to, user, value);
      if (members.size() > 1 && value == members.front()) {
        Linear fused;
        for (const Value member : members) {
          const auto& parts = to.as<Linear>(member)->parts;
          fused.parts.insert(fused.parts.end(), parts.begin(), parts.end());
        }
        const Value wide = to.append(fused, to.node(value).inputs, to.node(value).name);
        for (const Value member : members) to.alias(member, wide);
        return;
      }
      if (members.size() > 1) return;
    }
    if (const auto* attributes = to.as<Attention>(value)) {
      Attention fused = *attributes;
      std::int64_t* columns[] = {&fused.q_column, &fused.k_column, &fused.v_column};
      const auto& inputs = to.node(value).inputs;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const auto members = group(to, value, inputs[i]);
        const auto own = std::find(members.begin(), members.end(), inputs[i]);
        if (own == members.end()) continue;  // read by others too, so it was left alone
        for (auto before = members.begin(); before != own; ++before) *columns[i] += to.node(*before).shape.back();
      }
      return to.replace(value, fused, inputs);
    }
    to.copy(value);
  });
}

}  // namespace veneer::graph
