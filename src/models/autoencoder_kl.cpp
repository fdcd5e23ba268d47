#include "models/autoencoder_kl.h"

#include <array>

#include "base/error.h"
#include "models/config.h"
#include "nn/attention.h"
#include "nn/resnet.h"

namespace veneer::models {
namespace {

using graph::Value;
using nn::Builder;

constexpr double kNormEps = 1e-6;  // the reference's, which no configuration changes

/// Attention in checkpoints from before diffusers 0.17, SD 1.x's published ones among them.
constexpr std::array<nn::Spelling, 4> kSpellings = {
    {{".to_q.", ".query."}, {".to_k.", ".key."}, {".to_v.", ".value."}, {".to_out.0.", ".proj_attn."}}};

const std::vector<std::string_view> kIgnored = {"sample_size", "force_upcast"};

enum class CoderBlock { resnet };

std::vector<Field> autoencoder_fields(AutoencoderKlConfig& c, std::vector<CoderBlock>& blocks) {
  const auto& widths = c.block_out_channels;
  const auto shift = [&c](const Json& value, const std::string& path) {
    if (!value.is_null()) read_value(value, path, c.shift_factor);
  };
  return {
      {"in_channels", 3, into(c.in_channels)},
      {"out_channels", 3, into(c.out_channels)},
      {"latent_channels", 4, into(c.latent_channels)},
      {"block_out_channels", Json::array({64}), into(c.block_out_channels)},
      {"down_block_types", Json::array({"DownEncoderBlock2D"}),
       named_per_block(blocks, {{"DownEncoderBlock2D", CoderBlock::resnet}}, widths)},
      {"up_block_types", Json::array({"UpDecoderBlock2D"}),
       named_per_block(blocks, {{"UpDecoderBlock2D", CoderBlock::resnet}}, widths)},
      {"layers_per_block", 1, into(c.layers_per_block)},
      {"act_fn", "silu", into(c.activation)},
      {"norm_num_groups", 32, into(c.norm_groups)},
      {"scaling_factor", 0.18215, into(c.scaling_factor)},
      {"shift_factor", nullptr, shift},
      {"latents_mean", nullptr, only(nullptr)},
      {"latents_std", nullptr, only(nullptr)},
      {"use_quant_conv", true, into(c.use_quant_conv)},
      {"use_post_quant_conv", true, into(c.use_post_quant_conv)},
      {"mid_block_add_attention", true, into(c.mid_block_add_attention)},
  };
}

nn::ResnetOptions resnet_options(const AutoencoderKlConfig& c) {
  return {c.norm_groups, kNormEps, c.activation, 1};
}

/// x [N,h,w,C] -> [N,h,w,C]
Value mid_block(const Builder& b, const AutoencoderKlConfig& c, Value x) {
  const std::int64_t channels = b.channels(x);
  x = nn::resnet_block(b.scope("resnets.0"), x, std::nullopt, channels, resnet_options(c));
  if (c.mid_block_add_attention) x = nn::pixel_attention(b.scope("attentions.0"), x, c.norm_groups, kNormEps);
  return nn::resnet_block(b.scope("resnets.1"), x, std::nullopt, channels, resnet_options(c));
}

Value resnets(const Builder& b, const AutoencoderKlConfig& c, Value x, std::int64_t channels, std::int64_t count) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    x = nn::resnet_block(b.scope("resnets", i), x, std::nullopt, channels, resnet_options(c));
  return x;
}

/// Norm, activation (always SiLU here) and the last convolution.
Value head(const Builder& b, const AutoencoderKlConfig& c, Value x, std::int64_t out_channels) {
  return b.conv2d("conv_out", b.silu(b.group_norm("conv_norm_out", x, c.norm_groups, kNormEps)), out_channels);
}

Value decode(const Builder& b, const AutoencoderKlConfig& c, Value x) {
  const std::size_t levels = c.block_out_channels.size();
  x = b.conv2d("conv_in", x, c.block_out_channels.back());
  x = mid_block(b.scope("mid_block"), c, x);
  for (std::size_t i = 0; i < levels; ++i) {
    const Builder block = b.scope("up_blocks", i);
    x = resnets(block, c, x, c.block_out_channels[levels - 1 - i], c.layers_per_block + 1);
    if (i + 1 < levels) x = nn::upsample(block.scope("upsamplers.0"), x, 2 * b.shape(x)[1], 2 * b.shape(x)[2]);
  }
  return head(b, c, x, c.out_channels);
}

Value encode(const Builder& b, const AutoencoderKlConfig& c, Value x) {
  const std::size_t levels = c.block_out_channels.size();
  x = b.conv2d("conv_in", x, c.block_out_channels.front());
  for (std::size_t i = 0; i < levels; ++i) {
    const Builder block = b.scope("down_blocks", i);
    x = resnets(block, c, x, c.block_out_channels[i], c.layers_per_block);
    if (i + 1 < levels) x = nn::downsample(block.scope("downsamplers.0"), x, 0);
  }
  x = mid_block(b.scope("mid_block"), c, x);
  return head(b, c, x, 2 * c.latent_channels);
}

}  // namespace

AutoencoderKlConfig AutoencoderKlConfig::from_json(const Json& json, std::string_view where) {
  AutoencoderKlConfig c;
  std::vector<CoderBlock> blocks;
  read_fields(json, where, "AutoencoderKL", autoencoder_fields(c, blocks), kIgnored);
  if (c.scaling_factor == 0)
    fail(ErrorCode::invalid_argument, "{}: scaling_factor: expected a number other than 0, got 0", where);
  return c;
}

graph::Graph build_decoder(const AutoencoderKlConfig& config, const nn::WeightSource& weights, ImageShape latents) {
  graph::Graph graph;
  const Value input = graph.input(
      "latents", DType::f32, {latents.batch, latents.height, latents.width, config.latent_channels}, graph::Rate::step);
  const Builder b(graph, weights, "vae", kSpellings);
  Value x = b.affine(input, 1 / config.scaling_factor, config.shift_factor);
  if (config.use_post_quant_conv) x = b.conv2d("post_quant_conv", x, config.latent_channels, nn::same_size(1));
  graph.output("images", decode(b.scope("decoder"), config, x));
  return graph;
}

graph::Graph build_encoder(const AutoencoderKlConfig& config, const nn::WeightSource& weights, ImageShape images) {
  graph::Graph graph;
  const Value input = graph.input("images", DType::f32, {images.batch, images.height, images.width, config.in_channels},
                                  graph::Rate::step);
  const Builder b(graph, weights, "vae", kSpellings);
  Value x = encode(b.scope("encoder"), config, input);
  if (config.use_quant_conv) x = b.conv2d("quant_conv", x, 2 * config.latent_channels, nn::same_size(1));
  graph.output("moments", x);
  return graph;
}

}  // namespace veneer::models
