#include "models/clip_text.h"

#include <array>

#include "base/error.h"
#include "models/config.h"
#include "nn/builder.h"

namespace veneer::models {
namespace {

using graph::Value;
using nn::Builder;

constexpr std::array<nn::Spelling, 1> kSpellings = {{{"text_model.", ""}}};

/// What every transformers configuration carries: training, text generation, tokenization, bookkeeping; and what only
/// CLIP's pooled output needs.
const std::vector<std::string_view> kIgnored = {
    // training
    "attention_dropout", "dropout", "gradient_checkpointing", "initializer_factor", "initializer_range", "problem_type",
    "finetuning_task", "id2label", "label2id", "task_specific_params", "tie_encoder_decoder", "tie_word_embeddings",
    "tf_legacy_loss",
    // tokens and pooling
    "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "decoder_start_token_id", "projection_dim",
    "prefix", "tokenizer_class",
    // how it is run and what else is returned
    "dtype", "torch_dtype", "torchscript", "use_bfloat16", "attn_implementation", "chunk_size_feed_forward",
    "output_attentions", "output_hidden_states", "output_scores", "return_dict", "return_dict_in_generate",
    "transformers_version", "use_cache", "is_decoder", "is_encoder_decoder", "add_cross_attention",
    "cross_attention_hidden_size",
    // generation
    "bad_words_ids", "begin_suppress_tokens", "diversity_penalty", "do_sample", "early_stopping",
    "encoder_no_repeat_ngram_size", "exponential_decay_length_penalty", "forced_bos_token_id", "forced_eos_token_id",
    "length_penalty", "max_length", "min_length", "no_repeat_ngram_size", "num_beam_groups", "num_beams",
    "num_return_sequences", "remove_invalid_values", "repetition_penalty", "suppress_tokens", "temperature", "top_k",
    "top_p", "typical_p"};

std::vector<Field> clip_text_fields(ClipTextConfig& c) {
  const auto no_other_class = [](const Json& value, const std::string& path) {
    if (!value.is_null()) only(Json::array({"CLIPTextModel"}))(value, path);
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
  read_fields(json, where, "CLIPTextModel", clip_text_fields(c), kIgnored);
  if (c.hidden_size % c.heads != 0)
    fail(ErrorCode::invalid_argument, "{}: num_attention_heads: expected a divisor of hidden_size {}, got {}", where,
         c.hidden_size, c.heads);
  return c;
}

graph::Graph build_clip_text(const ClipTextConfig& config, const nn::WeightSource& weights, ClipTextShape shape,
                             ClipTextOptions options) {
  if (options.clip_skip < 0 || options.clip_skip > config.layers)
    fail(ErrorCode::invalid_argument, "clip_skip: expected 0 to {} (the encoder's layers), got {}", config.layers,
         options.clip_skip);
  graph::Graph graph;
  const Value ids = graph.input("input_ids", DType::i32, {shape.batch, shape.tokens}, graph::Rate::request);

  const Builder b = Builder(graph, weights, "text_encoder", kSpellings).scope("text_model");
  Value x = b.embedding("embeddings.token_embedding", ids, config.vocab_size, config.hidden_size);  // [N,T,C]
  x = b.add_positions("embeddings.position_embedding", x, config.max_positions);
  for (std::size_t i = 0; i < static_cast<std::size_t>(config.layers - options.clip_skip); ++i)
    x = encoder_layer(b.scope("encoder.layers", i), config, x);
  x = b.layer_norm("final_layer_norm", x, config.layer_norm_eps);

  graph.output("last_hidden_state", x);
  return graph;
}

}  // namespace veneer::models
