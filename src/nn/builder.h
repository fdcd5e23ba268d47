// Builds a Graph from a checkpoint, module by module. Names are those of the checkpoint: a Builder stands at one path
// of the module tree, and layers name their weights below it.
//
// `linear` and `conv2d` are the only places where adapter slots are born.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "checkpoint/checkpoint.h"
#include "graph/graph.h"

namespace veneer::nn {

using graph::Activation;
using graph::Value;

struct ConvOptions {
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  graph::Padding padding = {1, 1, 1, 1};
};

/// Refers to a graph and a checkpoint that outlive it. Cheap to copy. For one thread.
class Builder {
 public:
  /// `component` opens every parameter's and slot's name: "unet", "text_encoder", "vae".
  Builder(graph::Graph& graph, const checkpoint::Checkpoint& checkpoint, std::string component);

  /// The same builder, `name` deeper in the module tree; `name` may hold dots.
  [[nodiscard]] Builder scope(std::string_view name) const;

  /// Whether the checkpoint holds NAME.weight below this scope.
  [[nodiscard]] bool has(std::string_view name) const;

  // Layers. `name` is the module's name below this scope. Weights that are missing or of another shape throw
  // Error not_found / invalid_argument: "unet.conv_in.weight: expected [320,4,3,3], got f16[320,9,3,3] (FILE)".
  Value linear(std::string_view name, Value x,
               std::int64_t out_features) const;  // [...,in] -> [...,out]; bias if stored
  Value conv2d(std::string_view name, Value x, std::int64_t out_channels, ConvOptions options = {}) const;
  Value group_norm(std::string_view name, Value x, std::int64_t groups, double eps) const;
  Value layer_norm(std::string_view name, Value x, double eps) const;
  Value embedding(std::string_view name, Value ids, std::int64_t vocabulary, std::int64_t channels) const;
  Value add_positions(std::string_view name, Value x, std::int64_t positions) const;

  // Operations without weights.
  [[nodiscard]] Value activate(Value x, Activation kind) const;
  [[nodiscard]] Value silu(Value x) const { return activate(x, Activation::silu); }
  [[nodiscard]] Value geglu(Value x) const;
  [[nodiscard]] Value add(Value a, Value b) const;
  [[nodiscard]] Value add_channels(Value x, Value shift) const;
  [[nodiscard]] Value scale(Value x, float factor) const;
  [[nodiscard]] Value attention(Value q, Value k, Value v, graph::Attention attributes) const;
  [[nodiscard]] Value timestep_embedding(Value timesteps, graph::TimestepEmbedding attributes) const;
  [[nodiscard]] Value concat(Value a, Value b) const;
  [[nodiscard]] Value upsample(Value x, std::int64_t height, std::int64_t width) const;
  [[nodiscard]] Value reshape(Value x, Shape dims) const;  // dims after the batch

  [[nodiscard]] const Shape& shape(Value value) const { return graph_->shape(value); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  graph::Graph* graph_;
  const checkpoint::Checkpoint* checkpoint_;
  std::string component_;
  std::string path_;  // below the component, without it; empty at the root
};

}  // namespace veneer::nn
