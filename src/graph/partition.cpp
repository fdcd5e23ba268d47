#include "graph/partition.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace veneer::graph {
namespace {

bool depends_on_latents(const Graph& graph) {
  return std::ranges::any_of(graph.nodes(), [](const Node& node) { return node.rate.contains(Rate::latent); });
}

class Splitter {
 public:
  explicit Splitter(const Graph& graph) : graph_(graph), stages_(stages(graph)) {}

  Parts split() {
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(graph_.nodes().size()); ++i) {
      const Node& node = graph_.node({i});
      if (std::holds_alternative<Input>(node.op)) continue;  // appended where it is used
      const Stage stage = stages_[static_cast<std::size_t>(i)];
      std::vector<Value> inputs;
      for (const Value input : node.inputs) inputs.push_back(in_stage(input, stage));
      local_[{i, stage}] = result_.of(stage).graph.add(node.op, inputs, node.name);
    }
    for (const Output& output : graph_.outputs())
      result_.of(Stage::step).graph.output(output.name, in_stage(output.value, Stage::step));
    return std::move(result_);
  }

 private:
  Value in_stage(Value value, Stage stage) {
    if (const auto known = local_.find({value.id, stage}); known != local_.end()) return known->second;
    const Node& node = graph_.node(value);
    const Stage home = stages_[static_cast<std::size_t>(value.id)];
    Value local;
    if (const auto* input = std::get_if<Input>(&node.op)) {
      local = result_.of(stage).graph.add(*input, {}, input->name);
    } else {
      const std::string name = fmt::format("%{}", value.id);
      local = result_.of(stage).graph.input(name, node.dtype, node.shape, node.rate, node.extent);
      result_.of(stage).carries.push_back({local, home, export_from(home, value, name)});
    }
    return local_[{value.id, stage}] = local;
  }

  /// The index among the stage's outputs.
  std::size_t export_from(Stage home, Value value, const std::string& name) {
    Graph& graph = result_.of(home).graph;
    const auto [known, is_new] = exported_.try_emplace(value.id, graph.outputs().size());
    if (is_new) graph.output(name, local_.at({value.id, home}));
    return known->second;
  }

  const Graph& graph_;
  std::vector<Stage> stages_;
  std::map<std::pair<std::int32_t, Stage>, Value> local_;
  std::map<std::int32_t, std::size_t> exported_;
  Parts result_;
};

/// The same graph with its inputs changed.
template <class Change>
Graph with_inputs(const Graph& graph, Change&& change) {
  Graph result;
  for (const Node& node : graph.nodes()) {
    Op op = node.op;
    if (auto* input = std::get_if<Input>(&op)) change(*input);
    result.add(std::move(op), node.inputs, node.name);
  }
  for (const Output& output : graph.outputs()) result.output(output.name, output.value);
  return result;
}

}  // namespace

std::vector<Stage> stages(const Graph& graph) {
  if (!depends_on_latents(graph)) return std::vector(graph.nodes().size(), Stage::step);
  constexpr std::size_t kVector = 2;
  std::vector<Stage> result;
  for (const Node& node : graph.nodes()) {
    Stage stage = node.rate.contains(Rate::timestep) ? Stage::timesteps : Stage::request;
    if (node.rate.contains(Rate::latent) || (stage == Stage::timesteps && node.shape.size() > kVector))
      stage = Stage::step;
    for (const Value input : node.inputs) stage = std::max(stage, result[static_cast<std::size_t>(input.id)]);
    result.push_back(stage);
  }
  return result;
}

Parts partition(const Graph& graph) {
  return depends_on_latents(graph) ? Splitter(graph).split() : unpartitioned(graph);
}

Parts unpartitioned(const Graph& graph) {
  Parts result;
  result.of(Stage::step).graph =
      depends_on_latents(graph) ? graph : with_inputs(graph, [](Input& input) { input.rate = Rate::latent; });
  return result;
}

Graph with_batch_times(const Graph& graph, std::int64_t factor) {
  return with_inputs(graph, [&](Input& input) {
    if (input.extent == Extent::batch) input.shape[0] *= factor;
  });
}

}  // namespace veneer::graph
