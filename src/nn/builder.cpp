#include "nn/builder.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace veneer::nn {

WeightSource::WeightSource(const checkpoint::Checkpoint& checkpoint)
    : find([&checkpoint](const std::string& name, const Shape&) -> std::optional<Tensor> {
        const Tensor* tensor = checkpoint.find(name);
        return tensor == nullptr ? std::nullopt : std::optional(*tensor);
      }),
      where(checkpoint.where()) {}

Builder::Builder(graph::Graph& graph, const WeightSource& weights, std::string component,
                 std::span<const Spelling> spellings)
    : graph_(&graph), weights_(&weights), component_(std::move(component)), spellings_(spellings) {}

Builder Builder::scope(std::string_view name) const {
  Builder deeper = *this;
  deeper.path_ = below(name);
  return deeper;
}

Builder Builder::scope(std::string_view name, std::size_t index) const {
  return scope(fmt::format("{}.{}", name, index));
}

std::string Builder::below(std::string_view name) const {
  if (path_.empty() || name.empty()) return path_ + std::string(name);
  return fmt::format("{}.{}", path_, name);
}

std::optional<Tensor> Builder::find(const std::string& path, const Shape& expected) const {
  if (auto tensor = weights_->find(path, expected)) return tensor;
  for (const Spelling& spelling : spellings_) {
    const std::size_t at = path.find(spelling.canonical);
    if (at == std::string::npos) continue;
    std::string stored = path;
    stored.replace(at, spelling.canonical.size(), spelling.stored);
    if (auto tensor = weights_->find(stored, expected)) return tensor;
  }
  return std::nullopt;
}

graph::Parameter Builder::parameter(const std::string& path, std::initializer_list<Shape> accepted) const {
  const std::string name = fmt::format("{}.{}", component_, path);
  const Shape& expected = *accepted.begin();
  std::optional<Tensor> tensor = find(path, expected);
  if (!tensor)
    fail(ErrorCode::not_found, "{}: expected {}, got no such tensor ({})", name, to_string(expected), weights_->where);
  if (std::find(accepted.begin(), accepted.end(), tensor->shape()) == accepted.end() || !is_floating(tensor->dtype()))
    fail(ErrorCode::invalid_argument, "{}: expected {}, got {} ({})", name, to_string(expected), tensor->describe(),
         weights_->where);
  return {name, *std::move(tensor)};
}

graph::SlotWeight Builder::slot(std::string_view name, std::initializer_list<Shape> accepted, Bias bias) const {
  const std::string path = below(name);
  graph::SlotWeight slot{fmt::format("{}.{}", component_, path), parameter(path + ".weight", accepted), {}};
  if (bias == Bias::with) slot.bias = parameter(path + ".bias", {{accepted.begin()->front()}});
  return slot;
}

Value Builder::operation(graph::Op op, std::vector<Value> inputs) const {
  return graph_->add(std::move(op), std::move(inputs), path_.empty() ? component_ : component_ + "." + path_);
}

Value Builder::linear(std::string_view name, Value x, std::int64_t out_features, Bias bias) const {
  const std::int64_t in = channels(x);
  graph::SlotWeight weight = slot(name, {{out_features, in}, {out_features, in, 1, 1}}, bias);
  std::string node = weight.slot;
  return graph_->add(graph::Linear{{std::move(weight)}}, {x}, std::move(node));
}

Value Builder::conv2d(std::string_view name, Value x, std::int64_t out_channels, ConvOptions options) const {
  graph::SlotWeight weight = slot(name, {{out_channels, channels(x), options.kernel, options.kernel}}, Bias::with);
  std::string node = weight.slot;
  return graph_->add(graph::Conv2d{std::move(weight), options.stride, options.padding}, {x}, std::move(node));
}

Value Builder::group_norm(std::string_view name, Value x, std::int64_t groups, double eps) const {
  const Builder norm = scope(name);
  const Shape shape = {channels(x)};
  return norm.operation(graph::GroupNorm{groups, eps, norm.parameter(norm.below("weight"), {shape}),
                                         norm.parameter(norm.below("bias"), {shape}), Activation::none},
                        {x});
}

Value Builder::layer_norm(std::string_view name, Value x, double eps) const {
  const Builder norm = scope(name);
  const Shape shape = {channels(x)};
  return norm.operation(
      graph::LayerNorm{eps, norm.parameter(norm.below("weight"), {shape}), norm.parameter(norm.below("bias"), {shape})},
      {x});
}

Value Builder::rms_norm(std::string_view name, Value x, std::int64_t columns, double eps) const {
  const Builder norm = scope(name);
  return norm.operation(graph::RmsNorm{eps, norm.parameter(norm.below("weight"), {{columns}})}, {x});
}

Tensor Builder::tensor(std::string_view name, const Shape& expected) const {
  return parameter(below(name), {expected}).tensor;
}

graph::Parameter Builder::computed(std::string_view name, Tensor value) const {
  return {fmt::format("{}.{}", component_, below(name)), std::move(value)};
}

Value Builder::layer_norm(Value x, double eps) const {
  return operation(graph::LayerNorm{eps, {}, {}}, {x});
}

Value Builder::add_positions(Value x, graph::Parameter table) const {
  return operation(graph::AddPositions{std::move(table)}, {x});
}

Value Builder::embedding(std::string_view name, Value ids, std::int64_t vocabulary, std::int64_t channels) const {
  const Builder table = scope(name);
  return table.operation(graph::Embedding{table.parameter(table.below("weight"), {{vocabulary, channels}})}, {ids});
}

Value Builder::add_positions(std::string_view name, Value x, std::int64_t positions) const {
  const Builder table = scope(name);
  return table.operation(graph::AddPositions{table.parameter(table.below("weight"), {{positions, channels(x)}})}, {x});
}

Value Builder::activate(Value x, Activation kind) const {
  return kind == Activation::none ? x : operation(graph::Activate{kind}, {x});
}

Value Builder::geglu(Value x) const {
  return operation(graph::Geglu{}, {x});
}

Value Builder::add(Value a, Value b) const {
  return operation(graph::Add{}, {a, b});
}

Value Builder::multiply(Value a, Value b) const {
  return operation(graph::Multiply{}, {a, b});
}

Value Builder::add_channels(Value x, Value shift) const {
  return operation(graph::AddChannels{}, {x, shift});
}

Value Builder::affine(Value x, double factor, double offset) const {
  if (factor == 1 && offset == 0) return x;
  return operation(graph::Scale{static_cast<float>(factor), static_cast<float>(offset)}, {x});
}

Value Builder::attention(Value q, Value k, Value v, AttentionShape shape) const {
  const std::int64_t width = channels(q);
  if (shape.heads <= 0 || width % shape.heads != 0)
    fail(ErrorCode::invalid_argument, "{}.{}: expected a number of heads that divides {} channels, got {}", component_,
         path_, width, shape.heads);
  graph::Attention attributes;
  attributes.heads = shape.heads;
  attributes.head_dim = width / shape.heads;
  attributes.scale = static_cast<float>(shape.scale.value_or(1 / std::sqrt(static_cast<double>(attributes.head_dim))));
  attributes.mask = shape.mask;
  attributes.relative_bias = std::move(shape.relative_bias);
  return operation(std::move(attributes), {q, k, v});
}

Value Builder::timestep_embedding(Value timesteps, graph::TimestepEmbedding attributes) const {
  return operation(attributes, {timesteps});
}

Value Builder::take_token(Value x, Value index) const {
  return operation(graph::TakeToken{}, {x, index});
}

Value Builder::concat(Value a, Value b) const {
  return operation(graph::Concat{}, {a, b});
}

Value Builder::concat_tokens(Value a, Value b) const {
  return operation(graph::ConcatTokens{}, {a, b});
}

Value Builder::slice_tokens(Value x, std::int64_t begin, std::int64_t count) const {
  return operation(graph::SliceTokens{begin, count}, {x});
}

Value Builder::unpatchify(Value x, graph::Unpatchify attributes) const {
  return operation(attributes, {x});
}

Value Builder::rotate(Value x, graph::Parameter table) const {
  return operation(graph::Rotate{std::move(table)}, {x});
}

Value Builder::modulate(Value x, Value m, std::int64_t scale_part, std::int64_t shift_part) const {
  const std::int64_t width = channels(x);
  return operation(graph::Modulate{.scale_column = scale_part * width, .shift_column = shift_part * width}, {x, m});
}

Value Builder::gated_add(Value x, Value h, Value m, std::int64_t gate_part) const {
  return operation(graph::GatedAdd{.gate_column = gate_part * channels(x)}, {x, h, m});
}

Value Builder::upsample(Value x, std::int64_t height, std::int64_t width) const {
  return operation(graph::Upsample{height, width}, {x});
}

Value Builder::reshape(Value x, Shape dims) const {
  return operation(graph::Reshape{std::move(dims)}, {x});
}

}  // namespace veneer::nn
