#include "graph/slots.h"

#include <algorithm>

namespace veneer::graph {

std::vector<Slot> slots(const Graph& graph) {
  std::vector<Slot> result;
  const auto add = [&](const SlotWeight& weight, const Node& node) {
    const Shape& shape = weight.weight.tensor.shape();
    const bool kernel = shape.size() == 4;
    result.push_back({weight.slot, shape[0], shape[1], kernel ? shape[2] : 1, kernel ? shape[3] : 1,
                      element_count(node.shape) / node.shape.back(), node.rate});
  };
  for (const Node& node : graph.nodes()) {
    if (const auto* linear = std::get_if<Linear>(&node.op))
      for (const SlotWeight& part : linear->parts) add(part, node);
    if (const auto* conv = std::get_if<Conv2d>(&node.op)) add(conv->weight, node);
  }
  std::ranges::sort(result, {}, &Slot::name);
  return result;
}

}  // namespace veneer::graph
