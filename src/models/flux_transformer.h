// The denoiser of Flux.1, diffusers' FluxTransformer2DModel: from config.json and weights to a Graph.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "graph/graph.h"
#include "nn/weight_source.h"

namespace veneer::models {

struct FluxTransformerConfig {
  std::int64_t in_channels = 64;  ///< of a token: 2x2 pixels of the latents
  std::int64_t out_channels = 64;
  std::int64_t layers = 19;
  std::int64_t single_layers = 38;
  std::int64_t head_dim = 128;
  std::int64_t heads = 24;
  std::int64_t joint_attention_dim = 4096;                    ///< of the text's tokens
  std::int64_t pooled_projection_dim = 768;                   ///< of the pooled text
  bool guidance_embeds = false;                               ///< the guidance scale is an input (Flux.1 dev)
  std::array<std::int64_t, 3> axes_dims_rope = {16, 56, 56};  ///< columns of a head turned by index, row and column

  [[nodiscard]] std::int64_t channels() const { return heads * head_dim; }

  /// `where` names the file in messages. Throws Error unsupported for a field or value that changes the result and is
  /// not implemented, invalid_argument for one that makes no sense.
  static FluxTransformerConfig from_json(const Json& json, std::string_view where);
};

/// Extents of one evaluation; height and width count the image's tokens: half the latents' pixels.
struct FluxTransformerShape {
  std::int64_t batch = 1;
  std::int64_t height = 64;
  std::int64_t width = 64;
  std::int64_t tokens = 512;  ///< of the text
};

/// Inputs: "sample" [N,height*width,in_channels], packed latents, a value a step; "timestep" [N], the scheduler's
/// (0..1000), known from the schedule; "encoder_hidden_states" [N,tokens,joint_attention_dim], "pooled_projections"
/// [N,pooled_projection_dim] and, with guidance_embeds, "guidance" [N], once a request. Output: "noise_pred"
/// [N,height*width,out_channels]. Parameters and slots open with "transformer.". Throws Error not_found or
/// invalid_argument for weights that do not fit.
graph::Graph build_flux_transformer(const FluxTransformerConfig& config, const nn::WeightSource& weights,
                                    FluxTransformerShape shape);

}  // namespace veneer::models
