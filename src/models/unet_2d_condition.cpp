#include "models/unet_2d_condition.h"

#include <algorithm>

#include "base/error.h"
#include "models/config.h"
#include "nn/embedding.h"
#include "nn/unet_blocks.h"

namespace veneer::models {
namespace {

using graph::Value;
using nn::Builder;

// --- configuration ---------------------------------------------------------------------------------------------------

/// Fields that only matter to training, to types of blocks that are refused anyway, or to fields that must be null.
const std::vector<std::string_view> kIgnored = {"sample_size",
                                                "dropout",
                                                "upcast_attention",
                                                "resnet_out_scale_factor",
                                                "resnet_skip_time_act",
                                                "cross_attention_norm",
                                                "mid_block_only_cross_attention",
                                                "addition_embed_type_num_heads"};

/// The fields as they stand in the file, where they mean something else than their resolved form in UnetConfig.
struct RawFields {
  std::vector<bool> only_cross_attention;
  std::vector<std::int64_t> cross_attention_dim;
  Json transformer_layers;
  Json reverse_transformer_layers;
  bool use_linear_projection = false;
  std::optional<std::int64_t> time_embedding_dim, addition_time_embed_dim, projection_input_dim;
  bool adds_text_and_time = false;
};

std::vector<Field> unet_fields(UnetConfig& c, RawFields& raw) {
  const Names<UnetBlock> down = {{"CrossAttnDownBlock2D", UnetBlock::cross_attention},
                                 {"DownBlock2D", UnetBlock::resnet}};
  const Names<UnetBlock> up = {{"CrossAttnUpBlock2D", UnetBlock::cross_attention}, {"UpBlock2D", UnetBlock::resnet}};
  const Names<UnetMidBlock> mid = {{"UNetMidBlock2DCrossAttn", UnetMidBlock::cross_attention},
                                   {"UNetMidBlock2D", UnetMidBlock::resnet},
                                   {nullptr, UnetMidBlock::none}};
  const std::string cross_down = "CrossAttnDownBlock2D", cross_up = "CrossAttnUpBlock2D";
  const auto& blocks = c.block_out_channels;
  return {
      {"in_channels", 4, into(c.in_channels)},
      {"out_channels", 4, into(c.out_channels)},
      {"block_out_channels", Json::array({320, 640, 1280, 1280}), into(c.block_out_channels)},
      {"down_block_types", Json::array({cross_down, cross_down, cross_down, "DownBlock2D"}),
       named_per_block(c.down_blocks, down, blocks)},
      {"mid_block_type", "UNetMidBlock2DCrossAttn", named(c.mid_block, mid)},
      {"up_block_types", Json::array({"UpBlock2D", cross_up, cross_up, cross_up}),
       named_per_block(c.up_blocks, up, blocks)},
      {"layers_per_block", 2, per_block(c.layers_per_block, blocks)},
      // diffusers takes attention_head_dim for the number of heads and refuses num_attention_heads:
      // https://github.com/huggingface/diffusers/issues/2011#issuecomment-1547958131
      {"attention_head_dim", 8, per_block(c.heads, blocks)},
      {"num_attention_heads", nullptr, only(nullptr)},
      {"cross_attention_dim", 1280, per_block(raw.cross_attention_dim, blocks)},
      {"only_cross_attention", false, per_block(raw.only_cross_attention, blocks)},
      {"transformer_layers_per_block", 1, into(raw.transformer_layers)},
      {"reverse_transformer_layers_per_block", nullptr, into(raw.reverse_transformer_layers)},
      {"use_linear_projection", false, into(raw.use_linear_projection)},
      {"dual_cross_attention", false, only(false)},
      {"attention_type", "default", only("default")},
      {"act_fn", "silu", into(c.activation)},
      {"norm_num_groups", 32, into(c.norm_groups)},
      {"norm_eps", 1e-5, into(c.norm_eps)},
      {"resnet_time_scale_shift", "default", only("default")},
      {"mid_block_scale_factor", 1, into(c.mid_block_scale_factor)},
      {"downsample_padding", 1, named(c.downsample_padding, {{0, 0}, {1, 1}})},
      {"conv_in_kernel", 3, into(c.conv_in_kernel)},
      {"conv_out_kernel", 3, into(c.conv_out_kernel)},
      {"center_input_sample", false, into(c.center_input_sample)},
      {"flip_sin_to_cos", true, into(c.flip_sin_to_cos)},
      {"freq_shift", 0, into(c.freq_shift)},
      {"time_embedding_type", "positional", only("positional")},
      {"time_embedding_dim", nullptr, into(raw.time_embedding_dim)},
      {"timestep_post_act", nullptr, into(c.timestep_post_activation)},
      {"time_embedding_act_fn", nullptr, into(c.time_embedding_activation)},
      {"time_cond_proj_dim", nullptr, only(nullptr)},
      {"class_embed_type", nullptr, only(nullptr)},
      {"num_class_embeds", nullptr, only(nullptr)},
      {"class_embeddings_concat", false, only(false)},
      {"addition_embed_type", nullptr, named(raw.adds_text_and_time, {{nullptr, false}, {"text_time", true}})},
      {"addition_time_embed_dim", nullptr, into(raw.addition_time_embed_dim)},
      {"projection_class_embeddings_input_dim", nullptr, into(raw.projection_input_dim)},
      {"encoder_hid_dim", nullptr, only(nullptr)},
      {"encoder_hid_dim_type", nullptr, only(nullptr)},
  };
}

/// One entry a block, each a number for all layers of the block or a list with one a layer.
std::vector<std::vector<std::int64_t>> read_transformer_layers(const Json& value, const std::string& path,
                                                               const std::vector<std::int64_t>& layers) {
  const Json list = value.is_array() ? value : Json(std::vector<Json>(layers.size(), value));
  if (list.size() != layers.size())
    fail(ErrorCode::invalid_argument, "{}: expected a list of {} (one a block), got {}", path, layers.size(),
         value.dump());
  std::vector<std::vector<std::int64_t>> result(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto count = static_cast<std::size_t>(layers[i]);
    if (list[i].is_array()) {
      read_value(list[i], path, result[i]);
      if (result[i].size() < count)
        fail(ErrorCode::invalid_argument, "{}: expected {} numbers (one a layer), got {}", path, count, list[i].dump());
    } else {
      std::int64_t all = 0;
      read_value(list[i], path, all);
      result[i].assign(count, all);
    }
  }
  return result;
}

template <class T>
std::vector<T> reversed(std::vector<T> list) {
  std::reverse(list.begin(), list.end());
  return list;
}

void resolve_transformer_layers(UnetConfig& c, const RawFields& raw, std::string_view where) {
  const std::string path = fmt::format("{}: transformer_layers_per_block", where);
  c.transformer_layers = read_transformer_layers(raw.transformer_layers, path, c.layers_per_block);
  std::vector<std::int64_t> up_layers = reversed(c.layers_per_block);
  for (std::int64_t& count : up_layers) ++count;
  if (!raw.reverse_transformer_layers.is_null()) {
    c.up_transformer_layers = read_transformer_layers(
        raw.reverse_transformer_layers, fmt::format("{}: reverse_transformer_layers_per_block", where), up_layers);
    return;
  }
  Json mirrored = raw.transformer_layers;
  if (mirrored.is_array()) {
    for (const Json& block : mirrored)
      if (block.is_array())
        fail(ErrorCode::invalid_argument,
             "{}: expected one number a block where there is no reverse_transformer_layers_per_block, got {}", path,
             mirrored.dump());
    std::reverse(mirrored.begin(), mirrored.end());
  }
  c.up_transformer_layers = read_transformer_layers(mirrored, path, up_layers);
}

void check_sizes(const UnetConfig& c, std::string_view where) {
  for (const std::int64_t layers : c.layers_per_block)
    if (layers > static_cast<std::int64_t>(kLongestList))
      fail(ErrorCode::invalid_argument, "{}: layers_per_block: expected at most {}, got {}", where, kLongestList,
           layers);
  for (std::size_t i = 0; i < c.heads.size(); ++i)
    if (c.heads[i] > c.block_out_channels[i])
      fail(ErrorCode::invalid_argument, "{}: attention_head_dim (the number of heads): expected at most {}, got {}",
           where, c.block_out_channels[i], c.heads[i]);
  const std::pair<std::string_view, std::int64_t> kernels[] = {{"conv_in_kernel", c.conv_in_kernel},
                                                               {"conv_out_kernel", c.conv_out_kernel}};
  for (const auto& [name, kernel] : kernels)
    if (kernel % 2 == 0)
      fail(ErrorCode::unsupported, "{}: {}: expected an odd number, got {}: not supported", where, name, kernel);
}

// --- graph -----------------------------------------------------------------------------------------------------------

nn::ResnetOptions resnet_options(const UnetConfig& c, double output_scale_factor = 1) {
  return {c.norm_groups, c.norm_eps, c.activation, output_scale_factor};
}

nn::TransformerOptions transformer_options(const UnetConfig& c, std::size_t level, std::int64_t layers) {
  const std::int64_t head_dim = c.block_out_channels[level] / c.heads[level];  // rounds down, as the reference
  return {c.heads[level], head_dim, layers, c.norm_groups, c.projection, c.first_attention[level]};
}

/// `level` counts resolutions from the finest; `transformer_layers` has one number a layer of the block.
nn::UnetBlockOptions block_options(const UnetConfig& c, std::size_t level, UnetBlock kind, std::int64_t layers,
                                   const std::vector<std::int64_t>& transformer_layers) {
  nn::UnetBlockOptions options{c.block_out_channels[level], layers, resnet_options(c), {}};
  if (kind == UnetBlock::cross_attention)
    for (const std::int64_t count : transformer_layers)
      options.transformers.push_back(transformer_options(c, level, count));
  return options;
}

/// x [N,H,W,C0] -> what the up blocks take off from the back; its last is the output of the last block.
std::vector<Value> down_blocks(const Builder& b, const UnetConfig& c, const nn::Conditioning& conditioning, Value x) {
  std::vector<Value> skips = {x};
  for (std::size_t i = 0; i < c.down_blocks.size(); ++i) {
    const auto options = block_options(c, i, c.down_blocks[i], c.layers_per_block[i], c.transformer_layers[i]);
    const bool last = i + 1 == c.down_blocks.size();
    const auto outputs = nn::unet_down_block(b.scope("down_blocks", i), skips.back(), conditioning, options,
                                             last ? std::nullopt : std::optional(c.downsample_padding));
    skips.insert(skips.end(), outputs.begin(), outputs.end());
  }
  return skips;
}

Value mid_block(const Builder& b, const UnetConfig& c, const nn::Conditioning& conditioning, Value x) {
  if (c.mid_block == UnetMidBlock::none) return x;
  std::optional<nn::TransformerOptions> transformer;
  if (c.mid_block == UnetMidBlock::cross_attention) {
    transformer = transformer_options(c, c.heads.size() - 1, c.transformer_layers.back().front());
    transformer->first_attention = nn::FirstAttention::self;  // whatever only_cross_attention says, as the reference
  }
  return nn::unet_mid_block(b.scope("mid_block"), x, conditioning, resnet_options(c, c.mid_block_scale_factor),
                            transformer);
}

Value up_blocks(const Builder& b, const UnetConfig& c, const nn::Conditioning& conditioning, Value x,
                std::vector<Value> skips) {
  for (std::size_t i = 0; i < c.up_blocks.size(); ++i) {
    const std::size_t level = c.up_blocks.size() - 1 - i;
    const std::int64_t layers = c.layers_per_block[level] + 1;
    const auto options = block_options(c, level, c.up_blocks[i], layers, c.up_transformer_layers[i]);
    std::optional<graph::Upsample> finer;  // that of the skip: twice ours, or one less where the down path rounded up
    if (level > 0) {
      const Shape skip = b.shape(skips.at(skips.size() - 1 - static_cast<std::size_t>(layers)));
      finer = {skip[1], skip[2]};
    }
    x = nn::unet_up_block(b.scope("up_blocks", i), x, conditioning, options, skips, finer);
  }
  return x;
}

/// text_embeds [N,pooled] and the sinusoids of time_ids [N,K] -> [N,time_embedding_dim]
Value embed_text_and_sizes(const Builder& b, const UnetConfig& c, Value text_embeds, Value time_ids) {
  const Value numbers = b.timestep_embedding(
      time_ids, {c.added_embedding->number_channels, c.flip_sin_to_cos, static_cast<float>(c.freq_shift)});
  return nn::time_embedding(b.scope("add_embedding"), b.concat(text_embeds, numbers), {c.time_embedding_dim});
}

/// timestep [N] -> [N,time_embedding_dim], with what is `added`, activated: every resnet begins with that, so it is
/// done once here.
Value embed_time(const Builder& b, const UnetConfig& c, Value timestep, std::optional<Value> added) {
  const Value sinusoid = b.timestep_embedding(
      timestep, {c.block_out_channels.front(), c.flip_sin_to_cos, static_cast<float>(c.freq_shift)});
  Value time = nn::time_embedding(
      b.scope("time_embedding"), sinusoid,
      {c.time_embedding_dim, c.activation, c.timestep_post_activation.value_or(graph::Activation::none)});
  if (added) time = b.add(time, *added);
  time = b.activate(time, c.time_embedding_activation.value_or(graph::Activation::none));
  return b.activate(time, c.activation);
}

}  // namespace

UnetConfig UnetConfig::from_json(const Json& json, std::string_view where) {
  UnetConfig c;
  RawFields raw;
  read_fields(json, where, "UNet2DConditionModel", unet_fields(c, raw), kIgnored);

  c.projection = raw.use_linear_projection ? nn::Projection::linear : nn::Projection::convolution;
  c.time_embedding_dim = raw.time_embedding_dim.value_or(4 * c.block_out_channels.front());
  for (const bool only_text : raw.only_cross_attention)
    c.first_attention.push_back(only_text ? nn::FirstAttention::text : nn::FirstAttention::self);
  if (raw.adds_text_and_time) {
    if (!raw.addition_time_embed_dim || !raw.projection_input_dim)
      fail(ErrorCode::invalid_argument,
           "{}: addition_embed_type: expected addition_time_embed_dim and projection_class_embeddings_input_dim beside "
           "it, got none",
           where);
    c.added_embedding = {*raw.addition_time_embed_dim, *raw.projection_input_dim};
  }
  c.cross_attention_dim = raw.cross_attention_dim.front();
  for (const std::int64_t dim : raw.cross_attention_dim)
    if (dim != c.cross_attention_dim)
      fail(ErrorCode::unsupported,
           "{}: cross_attention_dim: expected one width for all blocks, got {} and {}: not supported", where,
           c.cross_attention_dim, dim);
  check_sizes(c, where);
  resolve_transformer_layers(c, raw, where);
  return c;
}

std::int64_t UnetConfig::added_numbers(std::int64_t pooled) const {
  const std::int64_t room = added_embedding->in_channels - pooled;
  if (pooled < 1 || room < 1 || room % added_embedding->number_channels != 0)
    fail(ErrorCode::invalid_argument,
         "unet: projection_class_embeddings_input_dim: expected {} (pooled text) and a multiple of {} "
         "(addition_time_embed_dim), got {}",
         pooled, added_embedding->number_channels, added_embedding->in_channels);
  return room / added_embedding->number_channels;
}

graph::Graph build_unet(const UnetConfig& config, const nn::WeightSource& weights, UnetShape shape) {
  graph::Graph graph;
  const Value sample = graph.input("sample", DType::f32, {shape.batch, shape.height, shape.width, config.in_channels},
                                   graph::Rate::latent);
  const Value timestep = graph.input("timestep", DType::f32, {shape.batch}, graph::Rate::timestep);
  const Value text = graph.input("encoder_hidden_states", DType::f32,
                                 {shape.batch, shape.tokens, config.cross_attention_dim}, graph::Rate::request);

  const Builder b(graph, weights, "unet");
  std::optional<Value> added;
  if (config.added_embedding) {
    const std::int64_t numbers = config.added_numbers(shape.pooled);
    const Value pooled = graph.input("text_embeds", DType::f32, {shape.batch, shape.pooled}, graph::Rate::request);
    const Value sizes = graph.input("time_ids", DType::f32, {shape.batch, numbers}, graph::Rate::request);
    added = embed_text_and_sizes(b, config, pooled, sizes);
  }
  const nn::Conditioning conditioning{embed_time(b, config, timestep, added), text};

  Value x = config.center_input_sample ? b.affine(sample, 2, -1) : sample;
  x = b.conv2d("conv_in", x, config.block_out_channels.front(), nn::same_size(config.conv_in_kernel));
  const std::vector<Value> skips = down_blocks(b, config, conditioning, x);
  x = mid_block(b, config, conditioning, skips.back());
  x = up_blocks(b, config, conditioning, x, skips);
  x = b.activate(b.group_norm("conv_norm_out", x, config.norm_groups, config.norm_eps), config.activation);
  x = b.conv2d("conv_out", x, config.out_channels, nn::same_size(config.conv_out_kernel));

  graph.output("noise_pred", x);
  return graph;
}

}  // namespace veneer::models
