#include "models/t5_encoder.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "models/config.h"
#include "nn/builder.h"

namespace veneer::models {
namespace {

using graph::Value;
using nn::Bias;
using nn::Builder;

constexpr std::array<nn::Spelling, 1> kSpellings = {{{"shared", "encoder.embed_tokens"}}};

std::vector<Field> t5_fields(T5Config& c) {
  const auto no_other_class = [](const Json& value, const std::string& path) {
    if (!value.is_null()) only(Json::array({"T5EncoderModel"}))(value, path);
  };
  const Names<graph::Activation> gated = {{"gated-gelu", graph::Activation::gelu_tanh},
                                          {"gated-silu", graph::Activation::silu}};
  return {
      {"architectures", nullptr, no_other_class},
      {"model_type", "t5", only("t5")},
      {"vocab_size", 32128, into(c.vocab_size)},
      {"d_model", 512, into(c.channels)},
      {"d_kv", 64, into(c.head_dim)},
      {"d_ff", 2048, into(c.hidden_channels)},
      {"num_layers", 6, into(c.layers)},
      {"num_heads", 8, into(c.heads)},
      {"relative_attention_num_buckets", 32, into(c.position_buckets)},
      {"relative_attention_max_distance", 128, into(c.max_distance)},
      {"layer_norm_epsilon", 1e-6, into(c.eps)},
      {"feed_forward_proj", "relu", named(c.activation, gated)},
  };
}

/// The bucket that the distance from a query to a key falls into: each small one its own, larger ones by their
/// logarithm; keys that come later have the upper half.
std::int64_t position_bucket(std::int64_t key_minus_query, const T5Config& c) {
  const std::int64_t half = c.position_buckets / 2, exact = half / 2, distance = std::abs(key_minus_query);
  const std::int64_t first = key_minus_query > 0 ? half : 0;
  if (distance < exact) return first + distance;
  // In f32 as the reference: at a border of two buckets the last bit decides.
  const float ratio = std::log(static_cast<float>(distance) / static_cast<float>(exact)) /
                      static_cast<float>(std::log(static_cast<double>(c.max_distance) / static_cast<double>(exact)));
  const auto large = exact + static_cast<std::int64_t>(ratio * static_cast<float>(half - exact));
  return first + std::min(large, half - 1);
}

/// table [buckets,heads] -> [heads,2*tokens-1], as graph::Attention has it.
Tensor relative_bias(const Tensor& table, const T5Config& c, std::int64_t tokens) {
  const std::vector<float> values = table.to_f32();
  std::vector<float> bias;
  for (std::int64_t head = 0; head < c.heads; ++head)
    for (std::int64_t column = 0; column < 2 * tokens - 1; ++column) {
      const std::int64_t bucket = position_bucket(tokens - 1 - column, c);
      bias.push_back(values[static_cast<std::size_t>(bucket * c.heads + head)]);
    }
  return Tensor::from_f32({c.heads, 2 * tokens - 1}, std::move(bias));
}

/// x [N,T,C] -> [N,T,C]. T5 does not scale its scores.
Value self_attention(const Builder& b, const T5Config& c, Value x, const graph::Parameter& bias) {
  const std::int64_t columns = c.heads * c.head_dim;
  const Value q = b.linear("q", x, columns, Bias::without);
  const Value k = b.linear("k", x, columns, Bias::without);
  const Value v = b.linear("v", x, columns, Bias::without);
  const Value y = b.attention(q, k, v, {.heads = c.heads, .scale = 1.0, .relative_bias = bias});
  return b.linear("o", y, c.channels, Bias::without);
}

Value feed_forward(const Builder& b, const T5Config& c, Value x) {
  const Value gate = b.activate(b.linear("wi_0", x, c.hidden_channels, Bias::without), c.activation);
  const Value hidden = b.multiply(gate, b.linear("wi_1", x, c.hidden_channels, Bias::without));
  return b.linear("wo", hidden, c.channels, Bias::without);
}

Value encoder_block(const Builder& b, const T5Config& c, Value x, const graph::Parameter& bias) {
  const Builder attention = b.scope("layer.0"), mlp = b.scope("layer.1");
  const auto normed = [&](const Builder& at, Value h) { return at.rms_norm("layer_norm", h, c.channels, c.eps); };
  x = b.add(x, self_attention(attention.scope("SelfAttention"), c, normed(attention, x), bias));
  return b.add(x, feed_forward(mlp.scope("DenseReluDense"), c, normed(mlp, x)));
}

}  // namespace

T5Config T5Config::from_json(const Json& json, std::string_view where) {
  T5Config c;
  std::vector<std::string_view> ignored = transformers_fields();
  // The first are said by feed_forward_proj, the others are the decoder's and training's.
  ignored.insert(ignored.end(), {"eos_token_id", "dense_act_fn", "is_gated_act", "num_decoder_layers", "dropout_rate",
                                 "classifier_dropout", "scale_decoder_outputs", "n_positions", "output_past"});
  read_fields(json, where, "T5EncoderModel", t5_fields(c), ignored);
  if (c.position_buckets % 4 != 0 || c.max_distance <= c.position_buckets / 4)
    fail(ErrorCode::invalid_argument,
         "{}: relative_attention_num_buckets: expected a multiple of 4 below 4 * relative_attention_max_distance, got "
         "{}",
         where, c.position_buckets);
  return c;
}

graph::Graph build_t5_encoder(const T5Config& config, const nn::WeightSource& weights, T5Shape shape,
                              const std::string& component) {
  graph::Graph graph;
  const Value ids = graph.input("input_ids", DType::i32, {shape.batch, shape.tokens}, graph::Rate::request);

  const Builder b(graph, weights, component, kSpellings);
  Value x = b.embedding("shared", ids, config.vocab_size, config.channels);
  // The first block's table of distances serves all blocks.
  const Builder first = b.scope("encoder.block.0.layer.0.SelfAttention");
  const Tensor table = first.tensor("relative_attention_bias.weight", {config.position_buckets, config.heads});
  const graph::Parameter bias = first.computed(fmt::format("relative_attention_bias[{}]", shape.tokens),
                                               relative_bias(table, config, shape.tokens));
  for (std::size_t i = 0; i < static_cast<std::size_t>(config.layers); ++i)
    x = encoder_block(b.scope("encoder.block", i), config, x, bias);
  x = b.rms_norm("encoder.final_layer_norm", x, config.channels, config.eps);

  graph.output("last_hidden_state", x);
  return graph;
}

}  // namespace veneer::models
