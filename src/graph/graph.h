// What is to be computed: nodes in topological order, one output value each. Append-only; passes build new graphs.
//
// A Graph is built for one batch and one size by a model (src/models) and given to the compiler (src/runtime). It owns
// no weights: its parameters share the bytes of the checkpoint. Copying is cheap next to compiling. Once built it is a
// value that any number of threads may read.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/ops.h"

namespace veneer::graph {

/// The output of the node of that index.
struct Value {
  std::int32_t id = -1;
  friend auto operator<=>(const Value&, const Value&) = default;
};

struct Node {
  Op op;
  std::vector<Value> inputs;
  std::string name;  ///< canonical path of the module that it came from, for messages and profiles
  DType dtype = DType::f32;
  Shape shape;  ///< of the output
  Rate rate;    ///< the union of its inputs'
  Extent extent = Extent::batch;
};

struct Output {
  std::string name;
  Value value;
};

class Graph {
 public:
  /// Appends a node; its shape and rate are inferred (infer.h). Throws Error invalid_argument, which names the node,
  /// when the inputs do not fit the operation.
  Value add(Op op, std::vector<Value> inputs, std::string name);

  Value input(std::string name, DType dtype, Shape shape, Rate rate, Extent extent = Extent::batch);
  void output(std::string name, Value value);

  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
  [[nodiscard]] const std::vector<Output>& outputs() const { return outputs_; }
  [[nodiscard]] const Node& node(Value value) const { return nodes_.at(static_cast<std::size_t>(value.id)); }
  [[nodiscard]] const Shape& shape(Value value) const { return node(value).shape; }
  /// First extent of all inputs but shared ones; 0 where there are none. Throws Error invalid_argument, which names the
  /// input, where they differ.
  [[nodiscard]] std::int64_t batch() const;

  /// How many nodes and outputs use each value.
  [[nodiscard]] std::vector<int> use_counts() const;

 private:
  std::vector<Node> nodes_;
  std::vector<Output> outputs_;
};

/// One line a node, with all its attributes: "%12 [2,64,64,320] = Conv2d(%3) stride=1 ... unet.conv_in".
std::string dump(const Graph& graph);

}  // namespace veneer::graph
