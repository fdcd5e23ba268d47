// Builds a Graph from a checkpoint, module by module. Names are those of the checkpoint: a Builder stands at one path
// of the module tree, and layers name their weights below it.
//
// `linear` and `conv2d` are the only places where adapter slots are born.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "graph/graph.h"
#include "nn/weight_source.h"

namespace veneer::nn {

using graph::Activation;
using graph::AttentionMask;
using graph::Value;

struct ConvOptions {
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  graph::Padding padding = {1, 1, 1, 1};
};

/// A convolution that keeps the size of the image; `kernel` is odd.
inline ConvOptions same_size(std::int64_t kernel) {
  const std::int64_t border = (kernel - 1) / 2;
  return {kernel, 1, {border, border, border, border}};
}

enum class Bias { without, with };

struct AttentionShape {
  std::int64_t heads = 1;  ///< divides the columns of q
  AttentionMask mask = AttentionMask::none;
  std::optional<double> scale{};                    ///< of the scores; else 1 / sqrt(columns of a head)
  std::optional<graph::Parameter> relative_bias{};  ///< as graph::Attention has it
};

/// Refers to a graph, a weight source and spellings that outlive it. Cheap to copy. For one thread.
class Builder {
 public:
  /// `component` opens every parameter's and slot's name: "unet", "text_encoder", "vae". A parameter that the source
  /// lacks under its canonical name is looked for in each of the spellings.
  Builder(graph::Graph& graph, const WeightSource& weights, std::string component,
          std::span<const Spelling> spellings = {});

  /// The same builder, `name` deeper in the module tree; `name` may hold dots.
  [[nodiscard]] Builder scope(std::string_view name) const;
  [[nodiscard]] Builder scope(std::string_view name, std::size_t index) const;  ///< "name.index"

  // Layers. `name` is the module's name below this scope. Weights that are missing or of another shape throw
  // Error not_found / invalid_argument: "unet.conv_in.weight: expected [320,4,3,3], got f16[320,9,3,3] (FILE)".

  /// [...,in] -> [...,out]. The weight is [out,in], or [out,in,1,1] as some checkpoints store it.
  [[nodiscard]] Value linear(std::string_view name, Value x, std::int64_t out_features, Bias bias = Bias::with) const;

  /// [N,H,W,in] -> [N,H',W',out]
  [[nodiscard]] Value conv2d(std::string_view name, Value x, std::int64_t out_channels, ConvOptions options = {}) const;

  [[nodiscard]] Value group_norm(std::string_view name, Value x, std::int64_t groups, double eps) const;
  [[nodiscard]] Value layer_norm(std::string_view name, Value x, double eps) const;
  [[nodiscard]] Value rms_norm(std::string_view name, Value x, std::int64_t columns, double eps) const;
  [[nodiscard]] Value embedding(std::string_view name, Value ids, std::int64_t vocabulary, std::int64_t channels) const;
  [[nodiscard]] Value add_positions(std::string_view name, Value x, std::int64_t positions) const;

  /// A tensor as the source has it, for tables that a model computes from others. Throws as the layers.
  [[nodiscard]] Tensor tensor(std::string_view name, const Shape& expected) const;

  /// A parameter that a model computed. `name` tells it from all others of the component: sizes belong in it.
  [[nodiscard]] graph::Parameter computed(std::string_view name, Tensor value) const;

  // Operations without weights.
  [[nodiscard]] Value layer_norm(Value x, double eps) const;
  [[nodiscard]] Value add_positions(Value x, graph::Parameter table) const;
  [[nodiscard]] Value activate(Value x, Activation kind) const;  ///< x itself for Activation::none
  [[nodiscard]] Value silu(Value x) const { return activate(x, Activation::silu); }
  [[nodiscard]] Value geglu(Value x) const;
  [[nodiscard]] Value add(Value a, Value b) const;
  [[nodiscard]] Value multiply(Value a, Value b) const;
  [[nodiscard]] Value add_channels(Value x, Value shift) const;
  [[nodiscard]] Value affine(Value x, double factor, double offset = 0) const;  ///< x itself for 1 and 0
  [[nodiscard]] Value attention(Value q, Value k, Value v, AttentionShape shape) const;
  [[nodiscard]] Value timestep_embedding(Value timesteps, graph::TimestepEmbedding attributes) const;
  [[nodiscard]] Value take_token(Value x, Value index) const;  ///< [N,T,C], [N] -> [N,C]
  [[nodiscard]] Value concat(Value a, Value b) const;
  [[nodiscard]] Value concat_tokens(Value a, Value b) const;
  [[nodiscard]] Value slice_tokens(Value x, std::int64_t begin, std::int64_t count) const;
  [[nodiscard]] Value unpatchify(Value x, graph::Unpatchify attributes) const;
  [[nodiscard]] Value rotate(Value x, graph::Parameter table) const;

  /// x (1 + scale) + shift and x + gate h; each is the part of the modulation m [N,*] of that number, every part as
  /// wide as x.
  [[nodiscard]] Value modulate(Value x, Value m, std::int64_t scale_part, std::int64_t shift_part) const;
  [[nodiscard]] Value gated_add(Value x, Value h, Value m, std::int64_t gate_part) const;
  [[nodiscard]] Value upsample(Value x, std::int64_t height, std::int64_t width) const;
  [[nodiscard]] Value reshape(Value x, Shape dims) const;  ///< dims after the batch

  [[nodiscard]] Shape shape(Value value) const { return graph_->shape(value); }  // a copy: the graph grows
  [[nodiscard]] std::int64_t channels(Value value) const { return graph_->shape(value).back(); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  [[nodiscard]] std::string below(std::string_view name) const;
  [[nodiscard]] std::optional<Tensor> find(const std::string& path, const Shape& expected) const;
  [[nodiscard]] graph::Parameter parameter(const std::string& path, std::initializer_list<Shape> accepted) const;
  [[nodiscard]] graph::SlotWeight slot(std::string_view name, std::initializer_list<Shape> accepted, Bias bias) const;
  [[nodiscard]] Value operation(graph::Op op, std::vector<Value> inputs) const;

  graph::Graph* graph_;
  const WeightSource* weights_;
  std::string component_;
  std::string path_;  // below the component, without it; empty at the root
  std::span<const Spelling> spellings_;
};

}  // namespace veneer::nn
