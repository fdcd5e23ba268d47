// The autoencoder between pictures and latents, diffusers' AutoencoderKL: from config.json and weights to a Graph for
// each direction. https://arxiv.org/abs/2112.10752, section 3.1
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "graph/graph.h"
#include "nn/weight_source.h"

namespace veneer::models {

struct AutoencoderKlConfig {
  std::int64_t in_channels = 3;
  std::int64_t out_channels = 3;
  std::int64_t latent_channels = 4;
  std::vector<std::int64_t> block_out_channels;  ///< from the finest resolution to the coarsest
  std::int64_t layers_per_block = 1;             ///< of the encoder; the decoder has one more
  graph::Activation activation = graph::Activation::silu;
  std::int64_t norm_groups = 32;
  double scaling_factor = 0.18215;
  double shift_factor = 0;
  bool use_quant_conv = true;
  bool use_post_quant_conv = true;
  bool mid_block_add_attention = true;

  /// Pixels along each side of a latent.
  [[nodiscard]] std::int64_t downsampling() const { return std::int64_t{1} << (block_out_channels.size() - 1); }

  /// `where` names the file in messages. Throws Error unsupported for a field or value that changes the result and is
  /// not implemented, invalid_argument for one that makes no sense.
  static AutoencoderKlConfig from_json(const Json& json, std::string_view where);
};

struct ImageShape {
  std::int64_t batch = 1;
  std::int64_t height = 64;
  std::int64_t width = 64;
};

/// Input: "latents" [N,h,w,latent_channels] as the denoiser leaves them (the graph divides by scaling_factor and adds
/// shift_factor). Output: "images" [N,h*downsampling,w*downsampling,out_channels], about -1..1 and not clamped.
/// `latents` has the extents of the input. Parameters and slots open with "vae.".
graph::Graph build_decoder(const AutoencoderKlConfig& config, const nn::WeightSource& weights, ImageShape latents);

/// Input: "images" [N,H,W,in_channels] in -1..1. Output: "moments" [N,h,w,2*latent_channels]: means, then logarithms of
/// variances, before any scaling. `images` has the extents of the input.
graph::Graph build_encoder(const AutoencoderKlConfig& config, const nn::WeightSource& weights, ImageShape images);

}  // namespace veneer::models
