// The denoiser of Stable Diffusion 3 and 3.5, diffusers' SD3Transformer2DModel: from config.json and weights to a
// Graph. https://arxiv.org/abs/2403.03206
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "graph/graph.h"
#include "nn/joint_attention.h"
#include "nn/weight_source.h"

namespace veneer::models {

struct Sd3TransformerConfig {
  std::int64_t patch_size = 2;  ///< pixels of the latents along each side of a token
  std::int64_t in_channels = 16;
  std::int64_t out_channels = 16;
  std::int64_t layers = 18;
  std::int64_t head_dim = 64;
  std::int64_t heads = 18;
  std::int64_t joint_attention_dim = 4096;    ///< of the text's tokens
  std::int64_t pooled_projection_dim = 2048;  ///< of the pooled text
  std::int64_t pos_embed_max_size = 96;       ///< tokens along each side of the table of positions
  std::vector<std::int64_t> dual_attention_layers;
  nn::QkNorm qk_norm = nn::QkNorm::none;

  [[nodiscard]] std::int64_t channels() const { return heads * head_dim; }

  /// `where` names the file in messages. Throws Error unsupported for a field or value that changes the result and is
  /// not implemented, invalid_argument for one that makes no sense.
  static Sd3TransformerConfig from_json(const Json& json, std::string_view where);
};

/// Extents of one evaluation; height and width are those of the latents: multiples of patch_size, and at most
/// pos_embed_max_size patches.
struct Sd3TransformerShape {
  std::int64_t batch = 1;
  std::int64_t height = 128;
  std::int64_t width = 128;
  std::int64_t tokens = 333;
};

/// Inputs: "sample" [N,H,W,in_channels], a value a step; "timestep" [N], the scheduler's, known from the schedule;
/// "encoder_hidden_states" [N,tokens,joint_attention_dim] and "pooled_projections" [N,pooled_projection_dim], once a
/// request. Output: "noise_pred" [N,H,W,out_channels]. Parameters and slots open with "transformer.". Throws Error
/// not_found or invalid_argument for weights that do not fit, invalid_argument for another shape.
graph::Graph build_sd3_transformer(const Sd3TransformerConfig& config, const nn::WeightSource& weights,
                                   Sd3TransformerShape shape);

}  // namespace veneer::models
