#include "models/unet_2d_condition.h"

#include <algorithm>

#include "base/error.h"
#include "models/config.h"
#include "nn/embedding.h"
#include "nn/resnet.h"

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
                                                "addition_time_embed_dim",
                                                "addition_embed_type_num_heads",
                                                "projection_class_embeddings_input_dim"};

/// The fields as they stand in the file, where they mean something else than their resolved form in UnetConfig.
struct RawFields {
  std::vector<bool> only_cross_attention;
  std::vector<std::int64_t> cross_attention_dim;
  Json transformer_layers;
  Json reverse_transformer_layers;
  bool use_linear_projection = false;
  std::optional<std::int64_t> time_embedding_dim;
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
      {"addition_embed_type", nullptr, only(nullptr)},
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

void check_kernels(const UnetConfig& c, std::string_view where) {
  for (const auto& [name, kernel] :
       {std::pair("conv_in_kernel", c.conv_in_kernel), {"conv_out_kernel", c.conv_out_kernel}})
    if (kernel % 2 == 0)
      fail(ErrorCode::unsupported, "{}: {}: expected an odd number, got {}: not supported", where, name, kernel);
}

// --- graph -----------------------------------------------------------------------------------------------------------

/// One pass through the network: what every block reads, and the skip connections from down blocks to up blocks.
class UnetAssembly {
 public:
  UnetAssembly(const UnetConfig& config, Value time, Value text) : c_(config), time_(time), text_(text) {}

  Value down_blocks(const Builder& b, Value x) {  // [N,H,W,C0] -> [N,H/2^(n-1),W/2^(n-1),Cn]
    skips_ = {x};
    for (std::size_t i = 0; i < c_.down_blocks.size(); ++i) x = down_block(b.scope("down_blocks", i), x, i);
    return x;
  }

  Value mid_block(const Builder& b, Value x) {
    if (c_.mid_block == UnetMidBlock::none) return x;
    const nn::ResnetOptions resnet = resnet_options(c_.mid_block_scale_factor);
    const std::int64_t channels = c_.block_out_channels.back();
    x = nn::resnet_block(b.scope("resnets.0"), x, time_, channels, resnet);
    if (c_.mid_block == UnetMidBlock::resnet) return x;
    const std::size_t last = c_.heads.size() - 1;
    nn::TransformerOptions transformer = transformer_options(last, c_.transformer_layers.back().front());
    transformer.first_attention = nn::FirstAttention::self;  // whatever only_cross_attention says, as in the reference
    x = nn::transformer_2d(b.scope("attentions.0"), x, text_, transformer);
    return nn::resnet_block(b.scope("resnets.1"), x, time_, channels, resnet);
  }

  Value up_blocks(const Builder& b, Value x) {
    for (std::size_t i = 0; i < c_.up_blocks.size(); ++i) x = up_block(b.scope("up_blocks", i), x, i);
    return x;
  }

 private:
  Value down_block(const Builder& b, Value x, std::size_t block) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(c_.layers_per_block[block]); ++i) {
      x = nn::resnet_block(b.scope("resnets", i), x, time_, c_.block_out_channels[block], resnet_options());
      if (c_.down_blocks[block] == UnetBlock::cross_attention)
        x = nn::transformer_2d(b.scope("attentions", i), x, text_,
                               transformer_options(block, c_.transformer_layers[block][i]));
      skips_.push_back(x);
    }
    if (block + 1 < c_.down_blocks.size()) {
      x = nn::downsample(b.scope("downsamplers.0"), x, c_.downsample_padding);
      skips_.push_back(x);
    }
    return x;
  }

  Value up_block(const Builder& b, Value x, std::size_t block) {
    const std::size_t mirror = c_.up_blocks.size() - 1 - block;  // the down block of this resolution
    for (std::size_t i = 0; i < static_cast<std::size_t>(c_.layers_per_block[mirror]) + 1; ++i) {
      x = b.concat(x, skips_.back());
      skips_.pop_back();
      x = nn::resnet_block(b.scope("resnets", i), x, time_, c_.block_out_channels[mirror], resnet_options());
      if (c_.up_blocks[block] == UnetBlock::cross_attention)
        x = nn::transformer_2d(b.scope("attentions", i), x, text_,
                               transformer_options(mirror, c_.up_transformer_layers[block][i]));
    }
    if (block + 1 == c_.up_blocks.size()) return x;
    const Shape& finer = b.shape(skips_.back());  // twice the size, or one less where the down path rounded up
    return nn::upsample(b.scope("upsamplers.0"), x, finer[1], finer[2]);
  }

  [[nodiscard]] nn::ResnetOptions resnet_options(double output_scale_factor = 1) const {
    return {c_.norm_groups, c_.norm_eps, c_.activation, output_scale_factor};
  }
  [[nodiscard]] nn::TransformerOptions transformer_options(std::size_t down_block, std::int64_t layers) const {
    return {c_.heads[down_block], layers, c_.norm_groups, c_.projection, c_.first_attention[down_block]};
  }

  const UnetConfig& c_;
  Value time_;  // activated time embedding [N,time_embedding_dim]
  Value text_;  // [N,tokens,cross_attention_dim]
  std::vector<Value> skips_;
};

/// timestep [N] -> [N,time_embedding_dim], activated: every resnet begins with that, so it is done once here.
Value embed_time(const Builder& b, const UnetConfig& c, Value timestep) {
  const Value sinusoid = b.timestep_embedding(
      timestep, {c.block_out_channels.front(), c.flip_sin_to_cos, static_cast<float>(c.freq_shift)});
  Value time = nn::time_embedding(
      b.scope("time_embedding"), sinusoid,
      {c.time_embedding_dim, c.activation, c.timestep_post_activation.value_or(graph::Activation::none)});
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
  c.cross_attention_dim = raw.cross_attention_dim.front();
  for (const std::int64_t dim : raw.cross_attention_dim)
    if (dim != c.cross_attention_dim)
      fail(ErrorCode::unsupported, "{}: cross_attention_dim: expected one width for all blocks, got {} and {}", where,
           c.cross_attention_dim, dim);
  resolve_transformer_layers(c, raw, where);
  check_kernels(c, where);
  return c;
}

graph::Graph build_unet(const UnetConfig& config, const nn::WeightSource& weights, UnetShape shape) {
  graph::Graph graph;
  const Value sample = graph.input("sample", DType::f32, {shape.batch, shape.height, shape.width, config.in_channels},
                                   graph::Rate::step);
  const Value timestep = graph.input("timestep", DType::f32, {shape.batch}, graph::Rate::timestep);
  const Value text = graph.input("encoder_hidden_states", DType::f32,
                                 {shape.batch, shape.tokens, config.cross_attention_dim}, graph::Rate::request);

  const Builder b(graph, weights, "unet");
  const Value time = embed_time(b, config, timestep);
  UnetAssembly assembly(config, time, text);

  Value x = config.center_input_sample ? b.affine(sample, 2, -1) : sample;
  x = b.conv2d("conv_in", x, config.block_out_channels.front(), nn::same_size(config.conv_in_kernel));
  x = assembly.down_blocks(b, x);
  x = assembly.mid_block(b.scope("mid_block"), x);
  x = assembly.up_blocks(b, x);
  x = b.activate(b.group_norm("conv_norm_out", x, config.norm_groups, config.norm_eps), config.activation);
  x = b.conv2d("conv_out", x, config.out_channels, nn::same_size(config.conv_out_kernel));

  graph.output("noise_pred", x);
  return graph;
}

}  // namespace veneer::models
