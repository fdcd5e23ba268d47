#include "support/random_graph.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <random>

#include "graph/slots.h"
#include "support/layout.h"

namespace veneer::testing_support {
namespace {

using namespace graph;

constexpr std::int64_t kVocabulary = 11;

/// The standard library's distributions differ between libraries; these do not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(n)); }
  std::int64_t between(std::int64_t least, std::int64_t most) { return least + below(most - least + 1); }
  bool one_in(std::int64_t n) { return below(n) == 0; }
  float uniform(float bound) { return bound * (static_cast<float>(engine_() >> 40) / 0x1p23F - 1); }
  template <class T, std::size_t N>
  T one_of(const std::array<T, N>& choices) {
    return choices[static_cast<std::size_t>(below(static_cast<std::int64_t>(N)))];
  }

 private:
  std::mt19937_64 engine_;
};

Tensor uniform_tensor(Dice& dice, const Shape& shape, float bound) {
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = dice.uniform(bound);
  return Tensor::from_f32(shape, std::move(values));
}

Tensor stored_as(DType dtype, const Tensor& tensor) {
  if (dtype == DType::f32) return tensor;
  auto bits = std::make_shared<std::vector<std::uint16_t>>();
  for (const float value : tensor.f32()) bits->push_back(dtype == DType::f16 ? f32_to_f16(value) : f32_to_bf16(value));
  return {dtype, tensor.shape(), std::as_bytes(std::span(*bits)), bits};
}

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : dice_(seed) {}

  Graph run() {
    const std::int64_t batch = dice_.between(1, 3), tokens = dice_.between(1, 9);
    images_ = {graph_.input("sample", DType::f32, {batch, dice_.between(3, 8), dice_.between(3, 8), channels()},
                            Rate::latent)};
    tokens_ = {graph_.input("text", DType::f32, {batch, dice_.between(1, 9), channels()}, Rate::request)};
    const Value ids = graph_.input("ids", DType::i32, {batch, tokens}, Rate::request);
    tokens_.push_back(add(Embedding{parameter({kVocabulary, channels()}, 1.7F)}, {ids}));
    end_ = graph_.input("end", DType::i32, {batch}, Rate::request);
    pooled_ = graph_.input("pooled", DType::f32, {batch, channels()}, Rate::request);
    const Value timestep = graph_.input("timestep", DType::f32, {batch}, Rate::timestep);
    vectors_ = {
        add(TimestepEmbedding{dice_.between(4, 9), dice_.one_in(2), static_cast<float>(dice_.below(2))}, {timestep})};
    for (std::int64_t left = dice_.between(8, 24); left > 0; --left) step();
    add_outputs();
    return std::move(graph_);
  }

 private:
  void step() {
    switch (dice_.below(19)) {
      case 0:
        return convolve();
      case 1:
        return residual_convolution();
      case 2:
        return normalise_image();
      case 3:
        return upsample();
      case 4:
        return tokenize();
      case 5:
        return residual_linear();
      case 6:
        return self_attention();
      case 7:
        return fused_attention();
      case 8:
        return cross_attention();
      case 9:
        return feed_forward();
      case 10:
        return embed_vector();
      case 11:
        return concatenate();
      case 12:
        return elementwise(images_);
      case 13:
        return modulated_block();
      case 14:
        return joint_attention();
      case 15:
        return gated_feed_forward();
      case 16:
        return unpatchify();
      case 17:
        return take_token();
      default:
        return elementwise(tokens_);
    }
  }

  // --- images ---

  void convolve() {
    const Value x = recent(images_);
    const std::int64_t kernel = dice_.one_of(std::array<std::int64_t, 3>{1, 2, 3});
    const auto side = [&] { return dice_.between(kernel / 2, kernel - 1); };
    const Padding padding = dice_.one_in(3) ? Padding{side(), side(), side(), side()}
                                            : Padding{kernel / 2, kernel / 2, kernel / 2, kernel / 2};
    images_.push_back(add(Conv2d{weight({channels(), width(x), kernel, kernel}), dice_.between(1, 2), padding}, {x}));
  }

  void residual_convolution() {  // the second half of a resnet block, with a time embedding
    const Value x = recent(images_);
    const std::int64_t kernel = dice_.one_of(std::array<std::int64_t, 2>{1, 3}), border = kernel / 2;
    const auto conv = [&] {
      return Conv2d{weight({width(x), width(x), kernel, kernel}), 1, {border, border, border, border}};
    };
    Value h = add(conv(), {x});
    const Value shift = linear(recent(vectors_), width(x));
    if (dice_.one_in(2)) {
      h = add(AddChannels{}, {h, shift});
      h = add(Activate{activation()}, {group_norm(h, std::nullopt, Activation::none)});
    } else {
      h = group_norm(h, shift, dice_.one_in(2) ? Activation::silu : Activation::none);
    }
    // Once as the pass leaves it, once as a model writes it, either way round.
    if (dice_.one_in(3)) {
      images_.push_back(add(conv(), {h, x}));
    } else {
      h = add(conv(), {h});
      images_.push_back(dice_.one_in(2) ? add(Add{}, {x, h}) : add(Add{}, {h, x}));
    }
  }

  void normalise_image() {
    const Value h = group_norm(recent(images_), std::nullopt, Activation::none);
    images_.push_back(dice_.one_in(2) ? h : add(Activate{activation()}, {h}));
  }

  void upsample() {
    const Value x = recent(images_);
    const Shape shape = graph_.shape(x);
    const auto finer = [&](std::int64_t size) { return std::min<std::int64_t>(2 * size - dice_.below(2), 12); };
    images_.push_back(add(Upsample{finer(shape[1]), finer(shape[2])}, {x}));
  }

  void tokenize() {
    const Value x = recent(images_);
    const Shape shape = graph_.shape(x);
    tokens_.push_back(add(Reshape{{shape[1] * shape[2], shape[3]}}, {x}));
  }

  // --- tokens ---

  void residual_linear() {
    const Value x = dice_.one_in(3) ? recent(images_) : recent(tokens_);
    const Value h = linear(x, width(x));
    Value y;
    if (dice_.one_in(3)) {
      y = add(Linear{{weight({width(x), width(x)})}}, {h, x});
    } else {
      y = dice_.one_in(2) ? add(Add{}, {h, x}) : add(Add{}, {x, h});
    }
    (graph_.shape(x).size() == 4 ? images_ : tokens_).push_back(y);
  }

  void self_attention() {  // q, k, v of one x, as a model writes them
    const Value x = recent(tokens_);
    const Attention shape = heads();
    const std::int64_t columns = shape.heads * shape.head_dim;
    const Value h = layer_norm(x);
    const Value q = linear(h, columns), k = linear(h, columns), v = linear(h, columns);
    finish_attention(x, add(shape, {q, k, v}));
  }

  void fused_attention() {  // and as a pass leaves them, perhaps with columns that nobody reads
    const Value x = recent(tokens_);
    Attention shape = heads();
    const std::int64_t columns = shape.heads * shape.head_dim, gap = dice_.below(3);
    Linear fused{{weight({columns, width(x)}), weight({columns, width(x)})}};
    if (gap > 0) fused.parts.push_back(weight({gap, width(x)}));
    fused.parts.push_back(weight({columns, width(x)}));
    shape.k_column = columns;
    shape.v_column = 2 * columns + gap;
    const Value qkv = add(std::move(fused), {layer_norm(x)});
    finish_attention(x, add(shape, {qkv, qkv, qkv}));
  }

  void cross_attention() {  // keys and values of another rate, computed once
    const Value x = recent(tokens_), memory = tokens_[static_cast<std::size_t>(dice_.below(2))];
    Attention shape = heads();
    if (graph_.shape(memory)[1] < graph_.shape(x)[1]) shape.mask = AttentionMask::none;
    const std::int64_t columns = shape.heads * shape.head_dim;
    const Value q = linear(layer_norm(x), columns), k = linear(memory, columns), v = linear(memory, columns);
    finish_attention(x, add(shape, {q, k, v}));
  }

  void finish_attention(Value x, Value attended) { tokens_.push_back(add(Add{}, {x, linear(attended, width(x))})); }

  void feed_forward() {
    const Value x = recent(tokens_);
    const Value h = layer_norm(x);
    const Value hidden = add(Geglu{}, {linear(h, 2 * channels())});
    tokens_.push_back(add(Add{}, {linear(hidden, width(x)), x}));
  }

  // --- transformers of diffusion ---

  void modulated_block() {  // modulations of one layer, some perhaps unread
    const Value x = recent(tokens_);
    const std::int64_t c = width(x), gap = dice_.below(3);
    Value m = linear(add(Activate{Activation::silu}, {recent(vectors_)}), 3 * c + gap);
    const Value h = add(Modulate{.scale_column = c, .shift_column = gap}, {bare_layer_norm(x), m});
    tokens_.push_back(add(GatedAdd{.gate_column = 2 * c + gap}, {x, linear(h, c), m}));
  }

  void joint_attention() {  // normed and turned queries and keys of two streams that attend to each other
    const Value x = recent(tokens_), y = add(SliceTokens{0, 1}, {x});
    Attention shape = heads();
    shape.head_dim += shape.head_dim % 2;
    shape.mask = AttentionMask::none;
    const std::int64_t columns = shape.heads * shape.head_dim, tokens = graph_.shape(x)[1] + 1;
    const auto joined = [&] { return add(ConcatTokens{}, {linear(x, columns), linear(y, columns)}); };
    const auto turned = [&](Value h) {
      if (dice_.one_in(2)) h = add(RmsNorm{1e-6, parameter({shape.head_dim}, 1.5F)}, {h});
      return dice_.one_in(2) ? add(Rotate{parameter({tokens, 2, shape.head_dim}, 1)}, {h}) : h;
    };
    if (dice_.one_in(2)) shape.relative_bias = parameter({shape.heads, 2 * tokens - 1}, 2);
    const Value attended = add(shape, {turned(joined()), turned(joined()), joined()});
    const std::int64_t begin = dice_.below(2);
    finish_attention(x, add(SliceTokens{begin, tokens - 1}, {attended}));
  }

  void gated_feed_forward() {
    const Value x = recent(tokens_);
    const Value h = add(RmsNorm{1e-6, parameter({width(x)}, 1.5F)}, {x});
    const std::int64_t hidden = channels();
    const Value gated = add(Multiply{}, {add(Activate{activation()}, {linear(h, hidden)}), linear(h, hidden)});
    tokens_.push_back(add(Add{}, {x, linear(gated, width(x))}));
  }

  void unpatchify() {
    const Value x = recent(images_);
    const Shape shape = graph_.shape(x);
    const std::int64_t patch = shape[1] * shape[2] > 16 ? 1 : dice_.between(1, 2);
    const Value tokens = add(Reshape{{shape[1] * shape[2], shape[3]}}, {x});
    images_.push_back(add(Unpatchify{shape[1], shape[2], patch}, {linear(tokens, patch * patch * channels())}));
  }

  // --- others ---

  void take_token() {  // of a text, whose length the index is made for
    const Value x = recent(tokens_), text = tokens_[0];
    const bool as_long = graph_.shape(x)[1] == graph_.shape(text)[1];
    vectors_.push_back(add(TakeToken{}, {as_long ? x : text, end_}));
  }

  void embed_vector() {
    const Value x = recent(vectors_);
    Value h = linear(x, channels());
    if (dice_.one_in(2)) h = add(Add{}, {linear(pooled_, width(h)), h});  // as SDXL's added embeddings
    vectors_.push_back(add(Activate{activation()}, {h}));
    if (dice_.one_in(2)) vectors_.push_back(linear(vectors_.back(), channels()));
  }

  void concatenate() {
    std::vector<Value>& pool = dice_.one_in(2) ? images_ : tokens_;
    const Value x = recent(pool);
    if (width(x) > 24) return elementwise(pool);
    std::vector<Value> inputs = {x, linear(x, channels())};
    if (dice_.one_in(3)) inputs.insert(inputs.end(), static_cast<std::size_t>(dice_.between(1, 8)), x);
    pool.push_back(add(Concat{}, inputs));
  }

  void elementwise(std::vector<Value>& pool) {
    const Value x = recent(pool);
    const Shape shape = graph_.shape(x);
    if (shape.size() == 3 && dice_.one_in(2)) {
      pool.push_back(add(AddPositions{parameter({shape[1] + dice_.below(3), shape[2]}, 1)}, {x}));
    } else if (dice_.one_in(3)) {
      pool.push_back(add(AddChannels{}, {x, linear(recent(vectors_), width(x))}));
    } else if (dice_.one_in(2)) {
      pool.push_back(add(Scale{dice_.uniform(1.5F), dice_.one_in(2) ? 0 : dice_.uniform(1)}, {x}));
    } else {
      pool.push_back(add(Activate{activation()}, {x}));
    }
  }

  // --- nodes and parameters ---

  Value add(Op op, std::vector<Value> inputs) {
    return graph_.add(std::move(op), std::move(inputs), fmt::format("node_{}", graph_.nodes().size()));
  }

  Value linear(Value x, std::int64_t out) {
    const bool pointwise = dice_.one_in(4);  // stored as the kernel of a 1x1 convolution
    return add(Linear{{weight(pointwise ? Shape{out, width(x), 1, 1} : Shape{out, width(x)})}}, {x});
  }

  Value layer_norm(Value x) {
    return add(LayerNorm{1e-5, parameter({width(x)}, 1.5F), parameter({width(x)}, 0.5F)}, {x});
  }

  Value bare_layer_norm(Value x) { return add(LayerNorm{1e-6, {}, {}}, {x}); }

  Value group_norm(Value x, std::optional<Value> shift, Activation kind) {
    // A group of one value has variance zero, and normalising that only shows rounding errors.
    std::int64_t groups = dice_.one_of(std::array<std::int64_t, 4>{1, 2, 3, 4});
    while (width(x) % groups != 0 || width(x) / groups < 2) groups = groups == 1 ? 1 : groups - 1;
    std::vector<Value> inputs = {x};
    if (shift) inputs.push_back(*shift);
    return add(GroupNorm{groups, dice_.one_in(2) ? 1e-5 : 1e-6, parameter({width(x)}, 1.5F),
                         parameter({width(x)}, 0.5F), kind},
               inputs);
  }

  Attention heads() {
    Attention attention{.heads = dice_.between(1, 3), .head_dim = dice_.between(1, 9)};
    attention.scale = 1 / std::sqrt(static_cast<float>(attention.head_dim));
    if (dice_.one_in(3)) attention.mask = AttentionMask::causal;
    return attention;
  }

  Parameter parameter(const Shape& shape, float bound) {
    const DType dtype = dice_.one_of(std::array{DType::f32, DType::f16, DType::bf16});
    return {fmt::format("parameter_{}", parameters_++), stored_as(dtype, uniform_tensor(dice_, shape, bound))};
  }

  /// Uniform of variance 1/fan_in: outputs vary as much as inputs.
  SlotWeight weight(const Shape& shape) {
    const auto fan_in = static_cast<float>(element_count(shape) / shape[0]);
    SlotWeight result{fmt::format("slot_{}", parameters_), parameter(shape, std::sqrt(3 / fan_in)), {}};
    if (!dice_.one_in(3)) result.bias = parameter({shape[0]}, 0.5F);
    return result;
  }

  std::int64_t channels() { return dice_.one_of(std::array<std::int64_t, 8>{2, 3, 4, 6, 8, 12, 16, 20}); }
  Activation activation() {
    return dice_.one_of(std::array{Activation::silu, Activation::gelu, Activation::gelu_tanh, Activation::quick_gelu});
  }
  [[nodiscard]] std::int64_t width(Value x) const { return graph_.shape(x).back(); }

  /// Mostly the last value, so that graphs are deep; sometimes an earlier one, so that values have several users.
  Value recent(const std::vector<Value>& pool) {
    if (!dice_.one_in(4)) return pool.back();
    return pool[static_cast<std::size_t>(dice_.below(static_cast<std::int64_t>(pool.size())))];
  }

  void add_outputs() {
    const std::vector<int> uses = graph_.use_counts();
    for (std::size_t i = 0; i < uses.size(); ++i) {
      const bool computed = !std::holds_alternative<Input>(graph_.nodes()[i].op);
      if (computed && (uses[i] == 0 || dice_.one_in(12)))
        graph_.output(fmt::format("output_{}", i), Value{static_cast<std::int32_t>(i)});
    }
  }

  Dice dice_;
  Graph graph_;
  Value pooled_, end_;
  std::vector<Value> images_, tokens_, vectors_;  // tokens_ begins with "text" and the embedded "ids"
  int parameters_ = 0;
};

}  // namespace

RandomGraph random_graph(std::uint64_t seed) {
  Graph graph = Generator(seed).run();
  NamedTensors inputs = random_inputs(graph, seed);
  return {std::move(graph), std::move(inputs)};
}

NamedTensors random_inputs(const Graph& graph, std::uint64_t seed) {
  Dice dice(~seed);
  NamedTensors inputs;
  for (const Node& node : graph.nodes()) {
    const auto* input = std::get_if<Input>(&node.op);
    if (input == nullptr) continue;
    if (input->dtype == DType::i32) {
      std::vector<std::int32_t> ids(static_cast<std::size_t>(element_count(input->shape)));
      const std::int64_t most = input->name == "end" ? inputs.at("text").dim(1) : kVocabulary;
      for (std::int32_t& id : ids) id = static_cast<std::int32_t>(dice.below(most));
      inputs[input->name] = from_i32(input->shape, ids);
    } else {
      const bool is_time = input->rate == Rate::timestep;
      inputs[input->name] =
          is_time ? uniform_tensor(dice, input->shape, 500) : uniform_tensor(dice, input->shape, 1.7F);
    }
  }
  return inputs;
}

std::vector<RandomDelta> random_deltas(const Graph& graph, std::uint64_t seed) {
  Dice dice(seed ^ 0x10ca);
  std::vector<RandomDelta> deltas;
  const auto factor = [&](const Shape& shape, float variance) {
    const DType dtype = dice.one_of(std::array{DType::f32, DType::f16, DType::bf16});
    return stored_as(dtype, uniform_tensor(dice, shape, std::sqrt(3 * variance)));
  };
  for (const Slot& slot : slots(graph)) {
    const bool pointwise = slot.kernel_height == 1 && slot.kernel_width == 1;
    for (std::int64_t left = dice.below(3); left > 0; --left) {
      const std::int64_t rank = dice.between(1, 5);
      Shape down = {rank, slot.in}, up = {slot.out, rank};
      if (!pointwise || dice.one_in(3)) {
        down.insert(down.end(), {slot.kernel_height, slot.kernel_width});
        up.insert(up.end(), {1, 1});
      }
      const auto fan_in = static_cast<float>(element_count(down) / rank);
      Tensor drawn_down = factor(down, 1 / fan_in);
      deltas.push_back(
          {slot.name, std::move(drawn_down), factor(up, 1 / static_cast<float>(rank)), dice.uniform(1.5F)});
    }
  }
  return deltas;
}

}  // namespace veneer::testing_support
