#include "graph/slots.h"

#include <algorithm>

namespace veneer::graph {

std::vector<Slot> slots(const Graph& graph) {
  std::vector<Slot> result;
  const std::vector<Stage> stages = graph::stages(graph);
  const auto add = [&](const SlotWeight& weight, std::size_t index) {
    const Node& node = graph.nodes()[index];
    const Shape& shape = weight.weight.tensor.shape();
    const bool kernel = shape.size() == 4;
    result.push_back({weight.slot, shape[0], shape[1], kernel ? shape[2] : 1, kernel ? shape[3] : 1,
                      element_count(node.shape) / node.shape.back(), stages[index]});
  };
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const Op& op = graph.nodes()[i].op;
    if (const auto* linear = std::get_if<Linear>(&op))
      for (const SlotWeight& part : linear->parts) add(part, i);
    if (const auto* conv = std::get_if<Conv2d>(&op)) add(conv->weight, i);
  }
  std::ranges::sort(result, {}, &Slot::name);
  return result;
}

}  // namespace veneer::graph
