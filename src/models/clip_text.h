// The text encoder of Stable Diffusion 1.x and 2.x, transformers' CLIPTextModel: from config.json and weights to a
// Graph. https://arxiv.org/abs/2103.00020, section 2.4
#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "graph/graph.h"
#include "nn/weight_source.h"

namespace veneer::models {

struct ClipTextConfig {
  std::int64_t vocab_size = 49408;
  std::int64_t hidden_size = 512;
  std::int64_t intermediate_size = 2048;
  std::int64_t layers = 12;
  std::int64_t heads = 8;
  std::int64_t max_positions = 77;
  graph::Activation activation = graph::Activation::quick_gelu;
  double layer_norm_eps = 1e-5;

  /// Reads the files of transformers 4 and 5. `where` names the file in messages. Throws Error unsupported for a field
  /// or value that changes the result and is not implemented (CLIPTextModelWithProjection), invalid_argument for one
  /// that makes no sense.
  static ClipTextConfig from_json(const Json& json, std::string_view where);
};

struct ClipTextShape {
  std::int64_t batch = 1;
  std::int64_t tokens = 77;  ///< at most max_positions
};

struct ClipTextOptions {
  std::int64_t clip_skip = 0;  ///< how many of the last layers are left out, 0 to ClipTextConfig::layers
};

/// Input: "input_ids" [N,tokens] i32, below vocab_size. Output: "last_hidden_state" [N,tokens,hidden_size], after the
/// final norm, also where layers are skipped (as diffusers' clip_skip). Parameters and slots open with
/// "text_encoder.text_model.", whichever way the checkpoint spells them (transformers 5 saves without "text_model.").
graph::Graph build_clip_text(const ClipTextConfig& config, const nn::WeightSource& weights, ClipTextShape shape,
                             ClipTextOptions options = {});

}  // namespace veneer::models
