// The denoiser of Stable Diffusion 1.x, 2.x and XL, diffusers' UNet2DConditionModel: from config.json and weights to a
// Graph. https://arxiv.org/abs/2112.10752
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "graph/graph.h"
#include "nn/attention.h"
#include "nn/weight_source.h"

namespace veneer::models {

enum class UnetBlock { resnet, cross_attention };
enum class UnetMidBlock { none, resnet, cross_attention };

/// What stands in config.json, resolved: a list with one value a block where the file may have one for all. Lists of
/// down blocks run from the finest resolution to the coarsest, those of up blocks the other way.
struct UnetConfig {
  std::int64_t in_channels = 4;
  std::int64_t out_channels = 4;
  std::vector<std::int64_t> block_out_channels;
  std::vector<UnetBlock> down_blocks;
  std::vector<UnetBlock> up_blocks;
  UnetMidBlock mid_block = UnetMidBlock::cross_attention;
  std::vector<std::int64_t> layers_per_block;                    ///< of down blocks; up blocks have one more
  std::vector<std::int64_t> heads;                               ///< of down blocks
  std::vector<nn::FirstAttention> first_attention;               ///< of down blocks
  std::vector<std::vector<std::int64_t>> transformer_layers;     ///< [down block][layer]
  std::vector<std::vector<std::int64_t>> up_transformer_layers;  ///< [up block][layer]
  std::int64_t cross_attention_dim = 1280;
  nn::Projection projection = nn::Projection::convolution;
  graph::Activation activation = graph::Activation::silu;
  std::int64_t norm_groups = 32;
  double norm_eps = 1e-5;
  double mid_block_scale_factor = 1;
  std::int64_t downsample_padding = 1;
  std::int64_t conv_in_kernel = 3;
  std::int64_t conv_out_kernel = 3;
  bool center_input_sample = false;
  bool flip_sin_to_cos = true;
  double freq_shift = 0;
  std::int64_t time_embedding_dim = 1280;
  std::optional<graph::Activation> timestep_post_activation;
  std::optional<graph::Activation> time_embedding_activation;

  /// Stable Diffusion XL's "text_time": pooled text and numbers (sizes, a score) beside the timestep.
  /// https://arxiv.org/abs/2307.01952, section 2.2
  struct AddedEmbedding {
    std::int64_t number_channels = 256;  ///< of the sinusoid of each number
    std::int64_t in_channels = 2816;     ///< pooled text and all sinusoids
  };
  std::optional<AddedEmbedding> added_embedding;
  /// How many numbers "time_ids" holds beside pooled text of so many channels. Throws Error invalid_argument where no
  /// count fits.
  [[nodiscard]] std::int64_t added_numbers(std::int64_t pooled) const;

  /// `where` names the file in messages. Throws Error unsupported for a field or value that changes the result and is
  /// not implemented, invalid_argument for one that makes no sense.
  static UnetConfig from_json(const Json& json, std::string_view where);
};

/// Extents of one evaluation; height and width are those of the latents, any size.
struct UnetShape {
  std::int64_t batch = 1;
  std::int64_t height = 64;
  std::int64_t width = 64;
  std::int64_t tokens = 77;
  std::int64_t pooled = 0;  ///< channels of "text_embeds", where the model has an added embedding
};

/// Inputs: "sample" [N,H,W,in_channels], a value a step; "timestep" [N], known from the schedule;
/// "encoder_hidden_states" [N,tokens,cross_attention_dim], once a request; with an added embedding also "text_embeds"
/// [N,pooled] and "time_ids" [N,K], as many as the embedding has room for. Output: "noise_pred" [N,H,W,out_channels].
/// Parameters and slots open with "unet.". Throws Error not_found or invalid_argument for weights that do not fit.
graph::Graph build_unet(const UnetConfig& config, const nn::WeightSource& weights, UnetShape shape);

}  // namespace veneer::models
