#include "models/sd3_transformer.h"

#include <algorithm>

#include "base/error.h"
#include "models/config.h"

namespace veneer::models {
namespace {

using graph::Value;
using nn::Builder;

constexpr std::int64_t kTimestepChannels = 256;

/// [0, 1, ...]: which blocks have a second attention.
FieldReader layer_numbers(std::vector<std::int64_t>& target, const std::int64_t& layers) {
  return [&](const Json& value, const std::string& path) {
    target.clear();
    if (!value.is_array()) fail(ErrorCode::invalid_argument, "{}: expected a list, got {}", path, value.dump());
    for (const Json& number : value) {
      if (!number.is_number_integer() || number < 0 || number >= layers)
        fail(ErrorCode::invalid_argument, "{}: expected numbers of layers below {}, got {}", path, layers,
             number.dump());
      target.push_back(number.get<std::int64_t>());
    }
  };
}

std::vector<Field> sd3_fields(Sd3TransformerConfig& c, std::int64_t& caption_projection_dim,
                              std::optional<std::int64_t>& out_channels) {
  return {
      {"patch_size", 2, into(c.patch_size)},
      {"in_channels", 16, into(c.in_channels)},
      {"out_channels", 16, into(out_channels)},
      {"num_layers", 18, into(c.layers)},
      {"attention_head_dim", 64, into(c.head_dim)},
      {"num_attention_heads", 18, into(c.heads)},
      {"joint_attention_dim", 4096, into(c.joint_attention_dim)},
      {"caption_projection_dim", 1152, into(caption_projection_dim)},
      {"pooled_projection_dim", 2048, into(c.pooled_projection_dim)},
      {"pos_embed_max_size", 96, into(c.pos_embed_max_size)},
      {"dual_attention_layers", Json::array(), layer_numbers(c.dual_attention_layers, c.layers)},
      {"qk_norm", nullptr, named(c.qk_norm, {{nullptr, nn::QkNorm::none}, {"rms_norm", nn::QkNorm::rms}})},
  };
}

/// The middle of the table [1,max*max,C] of positions: what a size of its own was trained with. -> [height*width,C]
Tensor cropped_positions(const Tensor& table, std::int64_t max, std::int64_t height, std::int64_t width) {
  const std::int64_t channels = table.dim(2), top = (max - height) / 2, left = (max - width) / 2;
  const std::vector<float> all = table.to_f32();
  std::vector<float> cropped;
  cropped.reserve(static_cast<std::size_t>(height * width * channels));
  for (std::int64_t row = top; row < top + height; ++row) {
    const auto begin = all.begin() + (row * max + left) * channels;
    cropped.insert(cropped.end(), begin, begin + width * channels);
  }
  return Tensor::from_f32({height * width, channels}, std::move(cropped));
}

/// Latents [N,H,W,C] -> tokens [N,height*width,channels] with their positions.
Value embed_patches(const Builder& b, const Sd3TransformerConfig& c, Value sample, std::int64_t height,
                    std::int64_t width) {
  const std::int64_t max = c.pos_embed_max_size;
  const Value patches =
      b.conv2d("proj", sample, c.channels(), {.kernel = c.patch_size, .stride = c.patch_size, .padding = {}});
  const Tensor table = b.tensor("pos_embed", {1, max * max, c.channels()});
  return b.add_positions(
      b.reshape(patches, {height * width, c.channels()}),
      b.computed(fmt::format("pos_embed[{}x{}]", height, width), cropped_positions(table, max, height, width)));
}

Value embed_time_and_text(const Builder& b, const Sd3TransformerConfig& c, Value timestep, Value pooled) {
  const Value sinusoid = b.timestep_embedding(timestep, {kTimestepChannels, true, 0});
  const Value time = nn::embed_vector(b.scope("timestep_embedder"), sinusoid, c.channels());
  return b.silu(b.add(time, nn::embed_vector(b.scope("text_embedder"), pooled, c.channels())));
}

void check_shape(const Sd3TransformerConfig& c, const Sd3TransformerShape& shape) {
  for (const auto& [name, size] : {std::pair{"height", shape.height}, std::pair{"width", shape.width}})
    if (size < c.patch_size || size % c.patch_size != 0 || size / c.patch_size > c.pos_embed_max_size)
      fail(ErrorCode::invalid_argument, "transformer: {} of the latents: expected a multiple of {} up to {}, got {}",
           name, c.patch_size, c.patch_size * c.pos_embed_max_size, size);
}

}  // namespace

Sd3TransformerConfig Sd3TransformerConfig::from_json(const Json& json, std::string_view where) {
  Sd3TransformerConfig c;
  std::int64_t caption_projection_dim = 0;
  std::optional<std::int64_t> out_channels;
  read_fields(json, where, "SD3Transformer2DModel", sd3_fields(c, caption_projection_dim, out_channels),
              {"sample_size"});
  c.out_channels = out_channels.value_or(c.in_channels);
  if (caption_projection_dim != c.channels())
    fail(ErrorCode::invalid_argument,
         "{}: caption_projection_dim: expected num_attention_heads * attention_head_dim = {}, got {}", where,
         c.channels(), caption_projection_dim);
  return c;
}

graph::Graph build_sd3_transformer(const Sd3TransformerConfig& config, const nn::WeightSource& weights,
                                   Sd3TransformerShape shape) {
  check_shape(config, shape);
  graph::Graph graph;
  const Value sample = graph.input("sample", DType::f32, {shape.batch, shape.height, shape.width, config.in_channels},
                                   graph::Rate::latent);
  const Value timestep = graph.input("timestep", DType::f32, {shape.batch}, graph::Rate::timestep);
  const Value text = graph.input("encoder_hidden_states", DType::f32,
                                 {shape.batch, shape.tokens, config.joint_attention_dim}, graph::Rate::request);
  const Value pooled =
      graph.input("pooled_projections", DType::f32, {shape.batch, config.pooled_projection_dim}, graph::Rate::request);

  const Builder b(graph, weights, "transformer");
  const std::int64_t height = shape.height / config.patch_size, width = shape.width / config.patch_size;
  const Value conditioning = embed_time_and_text(b.scope("time_text_embed"), config, timestep, pooled);
  nn::Streams x{embed_patches(b.scope("pos_embed"), config, sample, height, width),
                b.linear("context_embedder", text, config.channels())};
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const bool dual = std::ranges::find(config.dual_attention_layers, i) != config.dual_attention_layers.end();
    x = nn::joint_transformer_block(
        b.scope("transformer_blocks", static_cast<std::size_t>(i)), x, conditioning,
        {.attention = {.heads = config.heads, .head_dim = config.head_dim, .qk_norm = config.qk_norm},
         .dual_attention = dual ? nn::DualAttention::with : nn::DualAttention::without,
         .context = i + 1 == config.layers ? nn::ContextOutput::dropped : nn::ContextOutput::updated});
  }
  const Value normed = nn::adaptive_norm(b.scope("norm_out"), x.image, conditioning);
  const Value pixels = b.linear("proj_out", normed, config.patch_size * config.patch_size * config.out_channels);

  graph.output("noise_pred", b.unpatchify(pixels, {.height = height, .width = width, .patch = config.patch_size}));
  return graph;
}

}  // namespace veneer::models
