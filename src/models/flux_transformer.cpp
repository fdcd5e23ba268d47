#include "models/flux_transformer.h"

#include <cmath>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "models/config.h"
#include "nn/joint_attention.h"

namespace veneer::models {
namespace {

using graph::Value;
using nn::Builder;

constexpr std::int64_t kTimestepChannels = 256;
constexpr double kTimestepScale = 1000;  // sinusoids are of 0..1000
constexpr std::int64_t kMlpFactor = 4;
constexpr double kTheta = 10000;  // of the rotary positions

FieldReader three_axes(std::array<std::int64_t, 3>& target) {
  return [&](const Json& value, const std::string& path) {
    std::vector<std::int64_t> list;
    read_value(value, path, list);
    bool even = list.size() == target.size();
    for (const std::int64_t columns : list) even = even && columns % 2 == 0;
    if (!even) fail(ErrorCode::invalid_argument, "{}: expected three even numbers, got {}", path, value.dump());
    std::ranges::copy(list, target.begin());
  };
}

std::vector<Field> flux_fields(FluxTransformerConfig& c, std::optional<std::int64_t>& out_channels) {
  return {
      {"patch_size", 1, only(1)},
      {"in_channels", 64, into(c.in_channels)},
      {"out_channels", nullptr, into(out_channels)},
      {"num_layers", 19, into(c.layers)},
      {"num_single_layers", 38, into(c.single_layers)},
      {"attention_head_dim", 128, into(c.head_dim)},
      {"num_attention_heads", 24, into(c.heads)},
      {"joint_attention_dim", 4096, into(c.joint_attention_dim)},
      {"pooled_projection_dim", 768, into(c.pooled_projection_dim)},
      {"guidance_embeds", false, into(c.guidance_embeds)},
      {"axes_dims_rope", Json::array({16, 56, 56}), three_axes(c.axes_dims_rope)},
  };
}

/// Cosines and sines [T,2,D] of the text's tokens, which all stand at the origin, and of the image's.
Tensor rotations(const FluxTransformerConfig& c, const FluxTransformerShape& shape) {
  const std::int64_t count = shape.tokens + shape.height * shape.width;
  std::vector<float> table(static_cast<std::size_t>(count * 2 * c.head_dim));
  float* row = table.data();
  for (std::int64_t token = -shape.tokens; token < shape.height * shape.width; ++token, row += 2 * c.head_dim) {
    const std::int64_t place[] = {0, token < 0 ? 0 : token / shape.width, token < 0 ? 0 : token % shape.width};
    std::int64_t column = 0;
    for (std::size_t axis = 0; axis < c.axes_dims_rope.size(); ++axis) {
      const auto columns = static_cast<double>(c.axes_dims_rope[axis]);
      for (std::int64_t i = 0; i < c.axes_dims_rope[axis]; i += 2, column += 2) {
        const double angle = static_cast<double>(place[axis]) / std::pow(kTheta, static_cast<double>(i) / columns);
        row[column] = row[column + 1] = static_cast<float>(std::cos(angle));
        row[c.head_dim + column + 1] = static_cast<float>(std::sin(angle));
        row[c.head_dim + column] = -row[c.head_dim + column + 1];
      }
    }
  }
  return Tensor::from_f32({count, 2, c.head_dim}, std::move(table));
}

/// The activated sum of what conditions every block. `guidance` is absent without guidance_embeds.
Value embed_conditions(const Builder& b, const FluxTransformerConfig& c, Value timestep, std::optional<Value> guidance,
                       Value pooled) {
  const auto embed_number = [&](std::string_view name, Value number) {
    return nn::embed_vector(b.scope(name), b.timestep_embedding(number, {kTimestepChannels, true, 0}), c.channels());
  };
  Value sum = embed_number("timestep_embedder", timestep);
  if (guidance) sum = b.add(sum, embed_number("guidance_embedder", b.affine(*guidance, kTimestepScale)));
  return b.silu(b.add(sum, nn::embed_vector(b.scope("text_embedder"), pooled, c.channels())));
}

}  // namespace

FluxTransformerConfig FluxTransformerConfig::from_json(const Json& json, std::string_view where) {
  FluxTransformerConfig c;
  std::optional<std::int64_t> out_channels;
  read_fields(json, where, "FluxTransformer2DModel", flux_fields(c, out_channels), {});
  c.out_channels = out_channels.value_or(c.in_channels);
  const std::int64_t turned = std::accumulate(c.axes_dims_rope.begin(), c.axes_dims_rope.end(), std::int64_t{0});
  if (turned != c.head_dim)
    fail(ErrorCode::invalid_argument, "{}: axes_dims_rope: expected a sum of attention_head_dim = {}, got {}", where,
         c.head_dim, turned);
  return c;
}

graph::Graph build_flux_transformer(const FluxTransformerConfig& config, const nn::WeightSource& weights,
                                    FluxTransformerShape shape) {
  graph::Graph graph;
  const std::int64_t image_tokens = shape.height * shape.width;
  const Value sample =
      graph.input("sample", DType::f32, {shape.batch, image_tokens, config.in_channels}, graph::Rate::latent);
  const Value timestep = graph.input("timestep", DType::f32, {shape.batch}, graph::Rate::timestep);
  const Value text = graph.input("encoder_hidden_states", DType::f32,
                                 {shape.batch, shape.tokens, config.joint_attention_dim}, graph::Rate::request);
  const Value pooled =
      graph.input("pooled_projections", DType::f32, {shape.batch, config.pooled_projection_dim}, graph::Rate::request);
  std::optional<Value> guidance;
  if (config.guidance_embeds) guidance = graph.input("guidance", DType::f32, {shape.batch}, graph::Rate::request);

  const Builder b(graph, weights, "transformer");
  const nn::JointAttentionOptions attention{
      .heads = config.heads,
      .head_dim = config.head_dim,
      .qk_norm = nn::QkNorm::rms,
      .first = nn::FirstTokens::text,
      .rotation = b.computed(fmt::format("pos_embed[{}+{}x{}]", shape.tokens, shape.height, shape.width),
                             rotations(config, shape))};
  const Value conditioning = embed_conditions(b.scope("time_text_embed"), config, timestep, guidance, pooled);
  nn::Streams streams{b.linear("x_embedder", sample, config.channels()),
                      b.linear("context_embedder", text, config.channels())};
  for (std::size_t i = 0; i < static_cast<std::size_t>(config.layers); ++i)
    streams =
        nn::joint_transformer_block(b.scope("transformer_blocks", i), streams, conditioning, {.attention = attention});
  Value x = b.concat_tokens(streams.text, streams.image);
  for (std::size_t i = 0; i < static_cast<std::size_t>(config.single_layers); ++i)
    x = nn::single_transformer_block(b.scope("single_transformer_blocks", i), x, conditioning,
                                     kMlpFactor * config.channels(), attention);
  x = b.slice_tokens(x, shape.tokens, image_tokens);
  x = nn::adaptive_norm(b.scope("norm_out"), x, conditioning);

  graph.output("noise_pred", b.linear("proj_out", x, config.out_channels));
  return graph;
}

}  // namespace veneer::models
