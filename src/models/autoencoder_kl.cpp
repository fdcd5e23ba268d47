#include "models/autoencoder_kl.h"

#include <array>

#include "base/error.h"
#include "models/config.h"
#include "nn/coder_blocks.h"

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

nn::CoderBlockOptions block_options(const AutoencoderKlConfig& c, std::size_t level, std::int64_t layers,
                                    nn::Resampling resampling) {
  return {c.block_out_channels[level], layers, resnet_options(c), resampling};
}

Value mid_block(const Builder& b, const AutoencoderKlConfig& c, Value x) {
  return nn::coder_mid_block(b.scope("mid_block"), x, resnet_options(c),
                             c.mid_block_add_attention ? nn::MidAttention::with : nn::MidAttention::without);
}

/// Norm, activation (always SiLU here) and the last convolution.
Value head(const Builder& b, const AutoencoderKlConfig& c, Value x, std::int64_t out_channels) {
  return b.conv2d("conv_out", b.silu(b.group_norm("conv_norm_out", x, c.norm_groups, kNormEps)), out_channels);
}

/// [N,h,w,latent_channels] -> [N,h*downsampling,w*downsampling,out_channels]
Value decode(const Builder& b, const AutoencoderKlConfig& c, Value x) {
  x = b.conv2d("conv_in", x, c.block_out_channels.back());
  x = mid_block(b, c, x);
  for (std::size_t i = 0; i < c.block_out_channels.size(); ++i) {
    const std::size_t level = c.block_out_channels.size() - 1 - i;
    const auto resampling = level > 0 ? nn::Resampling::by_two : nn::Resampling::none;
    x = nn::decoder_block(b.scope("up_blocks", i), x, block_options(c, level, c.layers_per_block + 1, resampling));
  }
  return head(b, c, x, c.out_channels);
}

/// [N,H,W,in_channels] -> [N,H/downsampling,W/downsampling,2*latent_channels]
Value encode(const Builder& b, const AutoencoderKlConfig& c, Value x) {
  x = b.conv2d("conv_in", x, c.block_out_channels.front());
  for (std::size_t i = 0; i < c.block_out_channels.size(); ++i) {
    const auto resampling = i + 1 < c.block_out_channels.size() ? nn::Resampling::by_two : nn::Resampling::none;
    x = nn::encoder_block(b.scope("down_blocks", i), x, block_options(c, i, c.layers_per_block, resampling));
  }
  x = mid_block(b, c, x);
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
  const Value input =
      graph.input("latents", DType::f32, {latents.batch, latents.height, latents.width, config.latent_channels},
                  graph::Rate::latent);
  const Builder b(graph, weights, "vae", kSpellings);
  Value x = b.affine(input, 1 / config.scaling_factor, config.shift_factor);
  if (config.use_post_quant_conv) x = b.conv2d("post_quant_conv", x, config.latent_channels, nn::same_size(1));
  graph.output("images", decode(b.scope("decoder"), config, x));
  return graph;
}

graph::Graph build_encoder(const AutoencoderKlConfig& config, const nn::WeightSource& weights, ImageShape images) {
  graph::Graph graph;
  const Value input = graph.input("images", DType::f32, {images.batch, images.height, images.width, config.in_channels},
                                  graph::Rate::latent);
  const Builder b(graph, weights, "vae", kSpellings);
  Value x = encode(b.scope("encoder"), config, input);
  if (config.use_quant_conv) x = b.conv2d("quant_conv", x, 2 * config.latent_channels, nn::same_size(1));
  graph.output("moments", x);
  return graph;
}

}  // namespace veneer::models
