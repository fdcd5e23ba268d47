#include "graph/partition.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace veneer::graph {
namespace {

/// Where each node is computed. The timestep part runs for many steps at once, so it can only hold what depends on
/// timesteps alone; a mixture with values of the request is left to the step.
std::vector<Rate> assign(const Graph& graph) {
  std::vector<Rate> stages;
  for (const Node& node : graph.nodes()) {
    Rate stage = node.rate;
    for (const Value input : node.inputs) {
      const Rate from = stages[static_cast<std::size_t>(input.id)];
      stage = std::max(stage, from);
      if (node.rate == Rate::timestep && from != Rate::timestep) stage = Rate::step;
    }
    stages.push_back(stage);
  }
  return stages;
}

class Splitter {
 public:
  explicit Splitter(const Graph& graph) : graph_(graph), stages_(assign(graph)) {}

  Stages split() {
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(graph_.nodes().size()); ++i) {
      const Node& node = graph_.node({i});
      if (std::holds_alternative<Input>(node.op)) continue;  // appended where it is used
      const Rate stage = stages_[static_cast<std::size_t>(i)];
      std::vector<Value> inputs;
      for (const Value input : node.inputs) inputs.push_back(in_stage(input, stage));
      local_[{i, stage}] = part(stage).add(node.op, inputs, node.name);
    }
    for (const Output& output : graph_.outputs())
      part(Rate::step).output(output.name, in_stage(output.value, Rate::step));
    return std::move(result_);
  }

 private:
  Graph& part(Rate stage) { return result_.parts[static_cast<std::size_t>(stage)]; }

  Value in_stage(Value value, Rate stage) {
    if (const auto known = local_.find({value.id, stage}); known != local_.end()) return known->second;
    const Node& node = graph_.node(value);
    const Rate home = stages_[static_cast<std::size_t>(value.id)];
    Value local;
    if (const auto* input = std::get_if<Input>(&node.op)) {
      local = part(stage).input(input->name, input->dtype, input->shape, input->rate);
    } else {
      const std::string name = fmt::format("carry.{}", value.id);
      bool exported = false;
      for (const Output& output : part(home).outputs()) exported = exported || output.name == name;
      if (!exported) part(home).output(name, local_.at({value.id, home}));
      local = part(stage).input(name, node.dtype, node.shape, home);
    }
    return local_[{value.id, stage}] = local;
  }

  const Graph& graph_;
  std::vector<Rate> stages_;
  std::map<std::pair<std::int32_t, Rate>, Value> local_;
  Stages result_;
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

bool has_steps(const Graph& graph) {
  return std::ranges::any_of(graph.nodes(), [](const Node& node) { return node.rate == Rate::step; });
}

}  // namespace

Stages partition(const Graph& graph) {
  return has_steps(graph) ? Splitter(graph).split() : unpartitioned(graph);
}

Stages unpartitioned(const Graph& graph) {
  Stages result;
  Graph& step = result.parts[static_cast<std::size_t>(Rate::step)];
  step = has_steps(graph) ? graph : with_inputs(graph, [](Input& input) { input.rate = Rate::step; });
  return result;
}

Graph with_batch_times(const Graph& graph, std::int64_t factor) {
  return with_inputs(graph, [&](Input& input) { input.shape[0] *= factor; });
}

}  // namespace veneer::graph
