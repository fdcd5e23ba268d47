// The text encoder of Stable Diffusion 1.x and 2.x, two of Stable Diffusion XL and of three in Stable Diffusion 3, the
// pooled one of Flux: transformers' CLIPTextModel and CLIPTextModelWithProjection, from config.json and weights to a
// Graph. https://arxiv.org/abs/2103.00020, section 2.4
#pragma once

#include <cstdint>
#include <span>
#include <string>
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
  std::int64_t projection_dim = 512;  ///< of CLIPTextModelWithProjection
  std::int64_t eos_token_id = 49407;  ///< where pooling looks; 2 in old files: the largest id

  /// The token whose state stands for the whole text: the first that ends it, as transformers finds it.
  [[nodiscard]] std::int32_t end_position(std::span<const std::int32_t> ids) const;

  /// Reads the files of transformers 4 and 5. `where` names the file in messages. Throws Error unsupported for a field
  /// or value that changes the result and is not implemented, invalid_argument for one that makes no sense.
  static ClipTextConfig from_json(const Json& json, std::string_view where);
};

struct ClipTextShape {
  std::int64_t batch = 1;
  std::int64_t tokens = 77;  ///< at most max_positions
};

/// Which states of the tokens are given: after the final norm, or of the last layer but one, as it is.
enum class ClipTextStates { last, penultimate };
/// What is given for the whole text: nothing, the end token's state after the final norm, or its projection.
enum class ClipTextPooling { none, end_token, projected };

struct ClipTextOptions {
  std::string component = "text_encoder";  ///< opens the names of parameters and slots
  std::int64_t clip_skip = 0;              ///< how many more of the last layers the states leave out
  ClipTextStates states = ClipTextStates::last;
  ClipTextPooling pooling = ClipTextPooling::none;
};

/// Inputs: "input_ids" [N,tokens] i32, below vocab_size; with pooling "end" [N] i32, the position of the end token.
/// Outputs: "hidden_states" [N,tokens,hidden_size] (where they are the last ones, after the final norm, also with
/// clip_skip, as diffusers has it); with pooling "pooled" [N,hidden_size or projection_dim]. Parameters and slots open
/// with "COMPONENT.text_model.", whichever way the checkpoint spells them (transformers 5 saves without "text_model.").
graph::Graph build_clip_text(const ClipTextConfig& config, const nn::WeightSource& weights, ClipTextShape shape,
                             const ClipTextOptions& options = {});

}  // namespace veneer::models
