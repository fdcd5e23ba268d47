#include "models/clip_text.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/error.h"
#include "models/config.h"
#include "nn/builder.h"

namespace veneer::models {
namespace {

using graph::Value;
using nn::Builder;

constexpr std::array<nn::Spelling, 1> kSpellings = {{{"text_model.", ""}}};

std::vector<Field> clip_text_fields(ClipTextConfig& c) {
  const auto no_other_class = [](const Json& value, const std::string& path) {
    if (!value.is_null() && value != Json::array({"CLIPTextModelWithProjection"}))
      only(Json::array({"CLIPTextModel"}))(value, path);
  };
  return {
      {"architectures", nullptr, no_other_class},
      {"model_type", "clip_text_model", only("clip_text_model")},
      {"vocab_size", 49408, into(c.vocab_size)},
      {"hidden_size", 512, into(c.hidden_size)},
      {"intermediate_size", 2048, into(c.intermediate_size)},
      {"num_hidden_layers", 12, into(c.layers)},
      {"num_attention_heads", 8, into(c.heads)},
      {"max_position_embeddings", 77, into(c.max_positions)},
      {"hidden_act", "quick_gelu", into(c.activation)},
      {"layer_norm_eps", 1e-5, into(c.layer_norm_eps)},
      {"projection_dim", 512, into(c.projection_dim)},
      {"eos_token_id", 49407, into(c.eos_token_id)},
      {"pruned_heads", Json::object(), only(Json::object())},
  };
}

/// x [N,T,C] -> [N,T,C]
Value self_attention(const Builder& b, const ClipTextConfig& c, Value x) {
  const Value q = b.linear("q_proj", x, c.hidden_size);
  const Value k = b.linear("k_proj", x, c.hidden_size);
  const Value v = b.linear("v_proj", x, c.hidden_size);
  const Value y = b.attention(q, k, v, {.heads = c.heads, .mask = nn::AttentionMask::causal});
  return b.linear("out_proj", y, c.hidden_size);
}

Value encoder_layer(const Builder& b, const ClipTextConfig& c, Value x) {
  x = b.add(x, self_attention(b.scope("self_attn"), c, b.layer_norm("layer_norm1", x, c.layer_norm_eps)));
  Value h = b.layer_norm("layer_norm2", x, c.layer_norm_eps);
  h = b.activate(b.linear("mlp.fc1", h, c.intermediate_size), c.activation);
  return b.add(x, b.linear("mlp.fc2", h, c.hidden_size));
}

}  // namespace

ClipTextConfig ClipTextConfig::from_json(const Json& json, std::string_view where) {
  ClipTextConfig c;
  read_fields(json, where, "CLIPTextModel", clip_text_fields(c), transformers_fields());
  if (c.hidden_size % c.heads != 0)
    fail(ErrorCode::invalid_argument, "{}: num_attention_heads: expected a divisor of hidden_size {}, got {}", where,
         c.hidden_size, c.heads);
  return c;
}

std::int32_t ClipTextConfig::end_position(std::span<const std::int32_t> ids) const {
  // https://github.com/huggingface/transformers/pull/24773: files from before it name 2 and mean the largest id.
  constexpr std::int64_t kLargest = 2;
  const auto end = eos_token_id == kLargest ? std::ranges::max_element(ids) : std::ranges::find(ids, eos_token_id);
  return end == ids.end() ? 0 : static_cast<std::int32_t>(end - ids.begin());
}

graph::Graph build_clip_text(const ClipTextConfig& config, const nn::WeightSource& weights, ClipTextShape shape,
                             const ClipTextOptions& options) {
  const std::int64_t left_out = options.clip_skip + (options.states == ClipTextStates::penultimate ? 1 : 0);
  if (options.clip_skip < 0 || left_out > config.layers)
    fail(ErrorCode::invalid_argument, "clip_skip: expected 0 to {} (of the encoder's {} layers), got {}",
         config.layers - left_out + options.clip_skip, config.layers, options.clip_skip);
  graph::Graph graph;
  const Value ids = graph.input("input_ids", DType::i32, {shape.batch, shape.tokens}, graph::Rate::request);

  const Builder root(graph, weights, options.component, kSpellings);
  const Builder b = root.scope("text_model");
  Value x = b.embedding("embeddings.token_embedding", ids, config.vocab_size, config.hidden_size);  // [N,T,C]
  x = b.add_positions("embeddings.position_embedding", x, config.max_positions);
  // Layers after the states that are given have slots all the same, which adapter files know.
  std::vector<Value> states = {x};
  for (std::size_t i = 0; i < static_cast<std::size_t>(config.layers); ++i)
    states.push_back(encoder_layer(b.scope("encoder.layers", i), config, states.back()));
  x = states[static_cast<std::size_t>(config.layers - left_out)];
  const bool last = options.states == ClipTextStates::last;
  graph.output("hidden_states", last ? b.layer_norm("final_layer_norm", x, config.layer_norm_eps) : x);

  if (options.pooling == ClipTextPooling::none) return graph;
  const Value end = graph.input("end", DType::i32, {shape.batch}, graph::Rate::request);
  Value pooled = b.layer_norm("final_layer_norm", b.take_token(states.back(), end), config.layer_norm_eps);  // [N,C]
  if (options.pooling == ClipTextPooling::projected)
    pooled = root.linear("text_projection", pooled, config.projection_dim, nn::Bias::without);
  graph.output("pooled", pooled);
  return graph;
}

}  // namespace veneer::models
