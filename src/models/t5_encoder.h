// The text encoder T5 v1.1, transformers' T5EncoderModel: from config.json and weights to a Graph.
// https://arxiv.org/abs/1910.10683; v1.1 gates its feed-forward layers, https://arxiv.org/abs/2002.05202
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "graph/graph.h"
#include "nn/weight_source.h"

namespace veneer::models {

struct T5Config {
  std::int64_t vocab_size = 32128;
  std::int64_t channels = 512;          ///< d_model
  std::int64_t head_dim = 64;           ///< d_kv
  std::int64_t hidden_channels = 2048;  ///< d_ff
  std::int64_t layers = 6;
  std::int64_t heads = 8;
  std::int64_t position_buckets = 32;  ///< relative_attention_num_buckets
  std::int64_t max_distance = 128;     ///< relative_attention_max_distance
  double eps = 1e-6;                   ///< layer_norm_epsilon
  graph::Activation activation = graph::Activation::gelu_tanh;

  /// Reads the files of transformers 4 and 5. `where` names the file in messages. Throws Error unsupported for a field
  /// or value that changes the result and is not implemented (feed-forward layers without a gate), invalid_argument
  /// for one that makes no sense.
  static T5Config from_json(const Json& json, std::string_view where);
};

struct T5Shape {
  std::int64_t batch = 1;
  std::int64_t tokens = 512;
};

/// Input: "input_ids" [N,tokens] i32, below vocab_size; padding is attended to, as Stable Diffusion 3 and Flux do.
/// Output: "last_hidden_state" [N,tokens,channels]. Parameters and slots open with `component` ("text_encoder_2" of
/// Flux, "text_encoder_3" of Stable Diffusion 3).
graph::Graph build_t5_encoder(const T5Config& config, const nn::WeightSource& weights, T5Shape shape,
                              const std::string& component);

}  // namespace veneer::models
