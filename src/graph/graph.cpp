#include "graph/graph.h"

#include <fmt/format.h>

#include "base/check.h"
#include "graph/infer.h"

namespace veneer::graph {

std::string op_name(const Op& op) {
  static constexpr std::array<std::string_view, std::variant_size_v<Op>> kNames = {
      "Input",  "Linear",      "Conv2d", "GroupNorm", "LayerNorm", "Activate",     "Geglu",
      "Add",    "AddChannels", "Scale",  "Attention", "Embedding", "AddPositions", "TimestepEmbedding",
      "Concat", "Upsample",    "Reshape"};
  return std::string(kNames[op.index()]);
}

Value Graph::add(Op op, std::vector<Value> inputs, std::string name) {
  std::vector<const Node*> nodes;
  for (const Value input : inputs) {
    VENEER_CHECK(input.id >= 0 && static_cast<std::size_t>(input.id) < nodes_.size());
    nodes.push_back(&node(input));
  }
  const Inferred inferred = infer(op, nodes, name);
  nodes_.push_back({std::move(op), std::move(inputs), std::move(name), inferred.dtype, inferred.shape, inferred.rate});
  return {static_cast<std::int32_t>(nodes_.size() - 1)};
}

Value Graph::input(std::string name, DType dtype, Shape shape, Rate rate) {
  return add(Input{name, dtype, std::move(shape), rate}, {}, name);
}

void Graph::output(std::string name, Value value) {
  VENEER_CHECK(value.id >= 0 && static_cast<std::size_t>(value.id) < nodes_.size());
  outputs_.push_back({std::move(name), value});
}

std::vector<int> Graph::use_counts() const {
  std::vector<int> counts(nodes_.size());
  for (const Node& node : nodes_)
    for (const Value input : node.inputs) ++counts[static_cast<std::size_t>(input.id)];
  for (const Output& output : outputs_) ++counts[static_cast<std::size_t>(output.value.id)];
  return counts;
}

std::string dump(const Graph& graph) {
  std::string text;
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const Node& node = graph.nodes()[i];
    std::string inputs;
    for (const Value input : node.inputs) inputs += fmt::format("{}%{}", inputs.empty() ? "" : ", ", input.id);
    text += fmt::format("%{} {} = {}({}) {}\n", i, to_string(node.shape), op_name(node.op), inputs, node.name);
  }
  for (const Output& output : graph.outputs()) text += fmt::format("{} = %{}\n", output.name, output.value.id);
  return text;
}

}  // namespace veneer::graph
