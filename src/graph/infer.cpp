#include "graph/infer.h"

#include <algorithm>
#include <initializer_list>

#include "base/error.h"

namespace veneer::graph {
namespace {

/// The rules, one overload an operation. Members name the node in messages.
struct Rules {
  const std::vector<const Node*>& inputs;
  std::string_view name;
  const Op& op;

  template <class... Args>
  void require(bool condition, fmt::format_string<Args...> format, Args&&... args) const {
    if (!condition)
      fail(ErrorCode::invalid_argument, "{}: {}: {}", name, op_name(op),
           fmt::format(format, std::forward<Args>(args)...));
  }

  [[nodiscard]] const Shape& shape(std::size_t i) const { return inputs[i]->shape; }

  void require_inputs(std::size_t least, std::size_t most) const {
    require(inputs.size() >= least && inputs.size() <= most, "expected {} to {} inputs, got {}", least, most,
            inputs.size());
  }
  void require_rank(std::size_t i, std::size_t rank) const {
    require(shape(i).size() == rank, "input {}: expected {} dimensions, got {}", i, rank, to_string(shape(i)));
  }
  void require_parameter(const Parameter& parameter, const Shape& expected) const {
    require(parameter.tensor.shape() == expected, "{}: expected {}, got {}", parameter.name, to_string(expected),
            parameter.tensor.describe());
    require(is_floating(parameter.tensor.dtype()), "{}: expected a floating type, got {}", parameter.name,
            parameter.tensor.describe());
  }
  void require_bias(const SlotWeight& weight, std::int64_t out) const {
    if (weight.bias) require_parameter(*weight.bias, {out});
  }
  void require_residual(const Shape& expected) const {
    if (inputs.size() == 2)
      require(shape(1) == expected, "residual: expected {}, got {}", to_string(expected), to_string(shape(1)));
  }
  [[nodiscard]] std::int64_t channels(std::size_t i) const { return shape(i).back(); }

  Shape operator()(const Input& input) const {
    for (const std::int64_t extent : input.shape)
      require(extent > 0, "expected positive extents, got {}", to_string(input.shape));
    require(input.extent == Extent::batch || !input.rate.contains(Rate::timestep),
            "expected a row for each sample of a value that depends on the timestep");
    return input.shape;
  }

  Shape operator()(const Linear& linear) const {
    require_inputs(1, 2);
    require(!linear.parts.empty(), "expected at least one weight");
    require_samples();
    const std::int64_t in = channels(0);
    Shape result = shape(0);
    result.back() = 0;
    for (const SlotWeight& part : linear.parts) {
      const Shape& weight = part.weight.tensor.shape();
      const bool pointwise = weight.size() == 4 && weight[2] == 1 && weight[3] == 1;
      require(weight.size() == 2 || pointwise, "{}: expected [out,{}] or [out,{},1,1], got {}", part.weight.name, in,
              in, part.weight.tensor.describe());
      require_parameter(part.weight, pointwise ? Shape{weight[0], in, 1, 1} : Shape{weight[0], in});
      require_bias(part, weight[0]);
      result.back() += weight[0];
    }
    require_residual(result);
    return result;
  }

  Shape operator()(const Conv2d& conv) const {
    require_inputs(1, 2);
    require_rank(0, 4);
    require_samples();
    const Shape& weight = conv.weight.weight.tensor.shape();
    require(weight.size() == 4 && weight[1] == channels(0), "{}: expected [out,{},kh,kw], got {}",
            conv.weight.weight.name, channels(0), conv.weight.weight.tensor.describe());
    require_parameter(conv.weight.weight, weight);
    const Padding& p = conv.padding;
    require(conv.stride > 0, "expected a positive stride, got {}", conv.stride);
    require(std::min({p.top, p.left, p.bottom, p.right}) >= 0, "expected a padding of 0 or more, got {},{},{},{}",
            p.top, p.left, p.bottom, p.right);
    require_bias(conv.weight, weight[0]);
    const auto extent = [&](std::int64_t size, std::int64_t before, std::int64_t after, std::int64_t kernel) {
      require(size + before + after >= kernel, "expected at least {} pixels for the kernel, got {}", kernel, size);
      return (size + before + after - kernel) / conv.stride + 1;
    };
    Shape result = {shape(0)[0], extent(shape(0)[1], p.top, p.bottom, weight[2]),
                    extent(shape(0)[2], p.left, p.right, weight[3]), weight[0]};
    require_residual(result);
    return result;
  }

  Shape operator()(const GroupNorm& norm) const {
    require_inputs(1, 2);
    require(norm.groups > 0 && channels(0) % norm.groups == 0, "expected channels divisible by {} groups, got {}",
            norm.groups, channels(0));
    require(norm.activation == Activation::none || norm.activation == Activation::silu,
            "expected no activation or silu after it");
    require_parameter(norm.gamma, {channels(0)});
    require_parameter(norm.beta, {channels(0)});
    require_shift();
    return shape(0);
  }

  Shape operator()(const LayerNorm& norm) const {
    require_inputs(1, 1);
    require(norm.gamma.has_value() == norm.beta.has_value(), "expected gamma and beta, or neither");
    if (norm.gamma) require_parameter(*norm.gamma, {channels(0)});
    if (norm.beta) require_parameter(*norm.beta, {channels(0)});
    return shape(0);
  }

  Shape operator()(const RmsNorm& norm) const {
    require_inputs(1, 1);
    const Shape& gamma = norm.gamma.tensor.shape();
    require(gamma.size() == 1 && gamma[0] > 0 && channels(0) % gamma[0] == 0,
            "{}: expected a divisor of {} channels, got {}", norm.gamma.name, channels(0), to_string(gamma));
    require_parameter(norm.gamma, gamma);
    return shape(0);
  }

  Shape operator()(const Modulate& modulate) const {
    require_inputs(2, 2);
    require_modulation(1, {modulate.scale_column, modulate.shift_column});
    return shape(0);
  }

  Shape operator()(const GatedAdd& gated) const {
    require_inputs(3, 3);
    require(shape(0) == shape(1), "expected two inputs of one shape, got {} and {}", to_string(shape(0)),
            to_string(shape(1)));
    require_modulation(2, {gated.gate_column});
    return shape(0);
  }

  Shape operator()(const Activate&) const {
    require_inputs(1, 1);
    return shape(0);
  }

  Shape operator()(const Geglu&) const {
    require_inputs(1, 1);
    require(channels(0) % 2 == 0, "expected an even number of channels, got {}", channels(0));
    Shape result = shape(0);
    result.back() /= 2;
    return result;
  }

  Shape operator()(const Add&) const { return one_shape(); }
  Shape operator()(const Multiply&) const { return one_shape(); }

  Shape operator()(const AddChannels&) const {
    require_inputs(2, 2);
    require_shift();
    return shape(0);
  }

  Shape operator()(const Scale&) const {
    require_inputs(1, 1);
    return shape(0);
  }

  Shape operator()(const Attention& attention) const {
    require_inputs(3, 3);
    require(attention.heads > 0 && attention.head_dim > 0, "expected heads with columns, got {} heads of {}",
            attention.heads, attention.head_dim);
    const std::int64_t width = attention.heads * attention.head_dim;
    const std::int64_t columns[] = {attention.q_column, attention.k_column, attention.v_column};
    for (std::size_t i = 0; i < 3; ++i) {
      require_rank(i, 3);
      require(columns[i] >= 0 && columns[i] + width <= channels(i), "input {}: expected columns {} to {}, got {}", i,
              columns[i], columns[i] + width, to_string(shape(i)));
      require(shape(i)[0] == shape(0)[0], "input {}: expected a batch of {}, got {}", i, shape(0)[0], shape(i)[0]);
    }
    require(attention.mask == AttentionMask::none || shape(1)[1] >= shape(0)[1],
            "causal: expected at least as many keys as queries, got {} and {}", shape(1)[1], shape(0)[1]);
    require(shape(1)[1] == shape(2)[1], "expected as many keys as values, got {} and {}", shape(1)[1], shape(2)[1]);
    if (attention.relative_bias)
      require_parameter(*attention.relative_bias, {attention.heads, shape(0)[1] + shape(1)[1] - 1});
    return {shape(0)[0], shape(0)[1], width};
  }

  Shape operator()(const Rotate& rotate) const {
    require_inputs(1, 1);
    require_rank(0, 3);
    const Shape& table = rotate.table.tensor.shape();
    require(table.size() == 3 && table[2] > 0 && table[2] % 2 == 0 && channels(0) % table[2] == 0,
            "{}: expected [{},2,D] with D an even divisor of {}, got {}", rotate.table.name, shape(0)[1], channels(0),
            to_string(table));
    require_parameter(rotate.table, {shape(0)[1], 2, table[2]});
    return shape(0);
  }

  Shape operator()(const Embedding& embedding) const {
    require_inputs(1, 1);
    require_rank(0, 2);
    require(inputs[0]->dtype == DType::i32, "expected i32 ids, got {}", to_string(inputs[0]->dtype));
    const Shape& table = embedding.table.tensor.shape();
    require(table.size() == 2, "{}: expected [vocabulary,channels], got {}", embedding.table.name, to_string(table));
    return {shape(0)[0], shape(0)[1], table[1]};
  }

  Shape operator()(const TakeToken&) const {
    require_inputs(2, 2);
    require_rank(0, 3);
    require(inputs[0]->dtype == DType::f32, "expected f32, got {}", to_string(inputs[0]->dtype));
    require(inputs[1]->dtype == DType::i32 && shape(1) == Shape{shape(0)[0]}, "index: expected i32[{}], got {}{}",
            shape(0)[0], to_string(inputs[1]->dtype), to_string(shape(1)));
    return {shape(0)[0], channels(0)};
  }

  Shape operator()(const AddPositions& positions) const {
    require_inputs(1, 1);
    require_rank(0, 3);
    const Shape& table = positions.table.tensor.shape();
    require(table.size() == 2 && table[0] >= shape(0)[1] && table[1] == channels(0),
            "{}: expected at least [{},{}], got {}", positions.table.name, shape(0)[1], channels(0), to_string(table));
    return shape(0);
  }

  Shape operator()(const TimestepEmbedding& embedding) const {
    require_inputs(1, 1);
    require(shape(0).size() <= 2, "input 0: expected 1 or 2 dimensions, got {}", to_string(shape(0)));
    require(embedding.dim >= 2, "expected at least 2 channels, got {}", embedding.dim);
    return {shape(0)[0], element_count(shape(0)) / shape(0)[0] * embedding.dim};
  }

  Shape operator()(const Concat&) const {
    require(inputs.size() >= 2, "expected two or more inputs, got {}", inputs.size());
    Shape result = shape(0);
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      Shape expected = shape(0);
      expected.back() = channels(i);
      require(shape(i) == expected, "input {}: expected {}, got {}", i, to_string(expected), to_string(shape(i)));
      result.back() += channels(i);
    }
    return result;
  }

  Shape operator()(const ConcatTokens&) const {
    require(inputs.size() >= 2, "expected two or more inputs, got {}", inputs.size());
    require_rank(0, 3);
    Shape result = shape(0);
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      require_rank(i, 3);
      const Shape expected = {shape(0)[0], shape(i)[1], channels(0)};
      require(shape(i) == expected, "input {}: expected {}, got {}", i, to_string(expected), to_string(shape(i)));
      result[1] += shape(i)[1];
    }
    return result;
  }

  Shape operator()(const SliceTokens& slice) const {
    require_inputs(1, 1);
    require_rank(0, 3);
    require(slice.begin >= 0 && slice.count > 0 && slice.begin <= shape(0)[1] - slice.count,
            "expected tokens {} to {}, got {}", slice.begin, slice.begin + slice.count, to_string(shape(0)));
    return {shape(0)[0], slice.count, channels(0)};
  }

  Shape operator()(const Unpatchify& patches) const {
    require_inputs(1, 1);
    require_rank(0, 3);
    require(patches.height > 0 && patches.width > 0 && patches.patch > 0,
            "expected a positive size, got {}x{} patches of {}", patches.height, patches.width, patches.patch);
    require(shape(0)[1] == patches.height * patches.width && channels(0) % (patches.patch * patches.patch) == 0,
            "expected {} tokens of a multiple of {} columns, got {}", patches.height * patches.width,
            patches.patch * patches.patch, to_string(shape(0)));
    return {shape(0)[0], patches.height * patches.patch, patches.width * patches.patch,
            channels(0) / (patches.patch * patches.patch)};
  }

  Shape operator()(const Upsample& upsample) const {
    require_inputs(1, 1);
    require_rank(0, 4);
    require(upsample.height > 0 && upsample.width > 0, "expected a positive size, got {}x{}", upsample.height,
            upsample.width);
    return {shape(0)[0], upsample.height, upsample.width, channels(0)};
  }

  Shape operator()(const Reshape& reshape) const {
    require_inputs(1, 1);
    Shape result = {shape(0)[0]};
    result.insert(result.end(), reshape.dims.begin(), reshape.dims.end());
    require(element_count(result) == element_count(shape(0)), "expected as many elements as {}, got {}",
            to_string(shape(0)), to_string(result));
    return result;
  }

  /// Adapters differ by sample, so a layer that has a slot has a row for each.
  void require_samples() const {
    require(inputs[0]->extent == Extent::batch, "expected a row for each sample, got a value that is shared by them");
  }

  [[nodiscard]] Shape one_shape() const {
    require_inputs(2, 2);
    require(shape(0) == shape(1), "expected two inputs of one shape, got {} and {}", to_string(shape(0)),
            to_string(shape(1)));
    return shape(0);
  }

  /// Columns of input i, from each of `columns` on as many as x has.
  void require_modulation(std::size_t i, std::initializer_list<std::int64_t> columns) const {
    require_rank(0, 3);
    require_rank(i, 2);
    require(shape(i)[0] == shape(0)[0], "input {}: expected a batch of {}, got {}", i, shape(0)[0], shape(i)[0]);
    for (const std::int64_t column : columns)
      require(column >= 0 && column <= channels(i) - channels(0), "input {}: expected columns {} to {}, got {}", i,
              column, column + channels(0), to_string(shape(i)));
  }

  void require_shift() const {
    if (inputs.size() < 2) return;
    const Shape expected = {shape(0)[0], channels(0)};
    require(shape(1) == expected, "shift: expected {}, got {}", to_string(expected), to_string(shape(1)));
  }
};

}  // namespace

Inferred infer(const Op& op, const std::vector<const Node*>& inputs, std::string_view name) {
  const bool takes_i32 = std::holds_alternative<Embedding>(op) || std::holds_alternative<TakeToken>(op);
  for (const Node* input : inputs) {
    if (input->shape.empty())
      fail(ErrorCode::invalid_argument, "{}: {}: expected a tensor, got a scalar", name, op_name(op));
    if (input->dtype != DType::f32 && !takes_i32)
      fail(ErrorCode::invalid_argument, "{}: {}: expected f32, got {}", name, op_name(op), to_string(input->dtype));
  }
  Inferred result;
  if (const auto* input = std::get_if<Input>(&op)) {
    result.dtype = input->dtype;
    result.rate = input->rate;
    result.extent = input->extent;
  }
  for (const Node* input : inputs) result.rate = result.rate | input->rate;
  if (!inputs.empty()) {
    const bool shared = std::ranges::all_of(inputs, [](const Node* x) { return x->extent == Extent::shared; });
    result.extent = shared ? Extent::shared : Extent::batch;
  }
  result.shape = std::visit(Rules{inputs, name, op}, op);
  return result;
}

}  // namespace veneer::graph
