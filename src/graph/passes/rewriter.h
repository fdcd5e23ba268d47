// What all passes share: a walk over one graph that appends to another.
#pragma once

#include <utility>
#include <vector>

#include "base/check.h"
#include "graph/graph.h"

namespace veneer::graph {

class Rewriter {
 public:
  explicit Rewriter(const Graph& source)
      : source_(source), map_(source.nodes().size()), user_(source.nodes().size(), kNone) {
    const auto counts = source.use_counts();
    for (std::size_t i = 0; i < source.nodes().size(); ++i)
      for (const Value input : source.nodes()[i].inputs)
        if (counts[index(input)] == 1) user_[index(input)] = static_cast<std::int32_t>(i);
  }

  /// The node that alone uses this value, and once; none if there are more uses or the value is an output.
  [[nodiscard]] Value only_user(Value old) const { return {user_[index(old)]}; }

  [[nodiscard]] const Node& node(Value old) const { return source_.node(old); }

  /// Attributes of the node if it is of this kind, else null.
  template <class T>
  [[nodiscard]] const T* as(Value old) const {
    return old.id < 0 ? nullptr : std::get_if<T>(&node(old).op);
  }

  /// Appends the node unchanged.
  void copy(Value old) { replace(old, node(old).op, node(old).inputs); }

  /// Appends an operation on (old) inputs in place of `old`.
  void replace(Value old, Op op, const std::vector<Value>& old_inputs) {
    map_[index(old)] = append(std::move(op), old_inputs, node(old).name);
  }

  Value append(Op op, const std::vector<Value>& old_inputs, const std::string& name) {
    std::vector<Value> inputs;
    for (const Value input : old_inputs) {
      VENEER_CHECK(map_[index(input)].id >= 0);
      inputs.push_back(map_[index(input)]);
    }
    return result_.add(std::move(op), std::move(inputs), name);
  }

  /// `old` is now this value of the new graph.
  void alias(Value old, Value replacement) { map_[index(old)] = replacement; }

  Graph finish() && {
    for (const Output& output : source_.outputs()) result_.output(output.name, map_[index(output.value)]);
    return std::move(result_);
  }

 private:
  static constexpr std::int32_t kNone = -1;
  static std::size_t index(Value value) { return static_cast<std::size_t>(value.id); }

  const Graph& source_;
  Graph result_;
  std::vector<Value> map_;
  std::vector<std::int32_t> user_;
};

/// Calls visit(rewriter, value) for every node in order; visit appends, or leaves a node out that another absorbs.
template <class Visit>
Graph rewrite(const Graph& graph, Visit&& visit) {
  Rewriter rewriter(graph);
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(graph.nodes().size()); ++i) visit(rewriter, Value{i});
  return std::move(rewriter).finish();
}

}  // namespace veneer::graph
