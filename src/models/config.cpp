#include "models/config.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "base/nearest.h"

namespace veneer::models {
namespace {

/// Far above any model's extents, and small enough that products of four of them do not overflow.
constexpr std::int64_t kLargestCount = 1 << 20;

[[noreturn]] void refuse_unknown(const Json& value, const std::string& name, std::string_view where,
                                 std::string_view model, const std::vector<Field>& fields,
                                 const std::vector<std::string_view>& ignored) {
  std::vector<std::string> known(ignored.begin(), ignored.end());
  for (const Field& field : fields) known.emplace_back(field.name);
  const auto nearest = nearest_names(name, known, 1);
  fail(ErrorCode::unsupported, "{}: expected a field of {}{}, got {} = {}: not supported", where, model,
       nearest.empty() ? "" : " (the nearest is " + nearest.front() + ")", name, value.dump());
}

}  // namespace

void read_fields(const Json& json, std::string_view where, std::string_view model, const std::vector<Field>& fields,
                 const std::vector<std::string_view>& ignored) {
  if (!json.is_object()) fail(ErrorCode::invalid_argument, "{}: expected an object, got {}", where, json.type_name());
  for (const auto& [name, value] : json.items()) {
    const auto is_row = [&name = name](const Field& field) { return field.name == name; };
    const bool known = std::any_of(fields.begin(), fields.end(), is_row) || name.starts_with('_') ||
                       std::find(ignored.begin(), ignored.end(), name) != ignored.end();
    if (!known) refuse_unknown(value, name, where, model, fields, ignored);
  }
  for (const Field& field : fields) {
    const auto found = json.find(field.name);
    field.read(found == json.end() ? field.fallback : *found, fmt::format("{}: {}", where, field.name));
  }
}

const std::vector<std::string_view>& transformers_fields() {
  static const std::vector<std::string_view> kFields = {
      // training
      "attention_dropout", "dropout", "gradient_checkpointing", "initializer_factor", "initializer_range",
      "problem_type", "finetuning_task", "id2label", "label2id", "task_specific_params", "tie_encoder_decoder",
      "tie_word_embeddings", "tf_legacy_loss",
      // tokens
      "bos_token_id", "pad_token_id", "sep_token_id", "decoder_start_token_id", "prefix", "tokenizer_class",
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
  return kFields;
}

void read_value(const Json& value, const std::string& path, std::int64_t& target) {
  const bool fits = value.is_number_integer() && value >= 1 && value <= kLargestCount;
  if (!fits) fail(ErrorCode::invalid_argument, "{}: expected a positive integer, got {}", path, value.dump());
  target = value.get<std::int64_t>();
}

void read_value(const Json& value, const std::string& path, double& target) {
  if (!value.is_number() || !std::isfinite(value.get<double>()))
    fail(ErrorCode::invalid_argument, "{}: expected a number, got {}", path, value.dump());
  target = value.get<double>();
}

void read_value(const Json& value, const std::string& path, bool& target) {
  if (!value.is_boolean()) fail(ErrorCode::invalid_argument, "{}: expected true or false, got {}", path, value.dump());
  target = value.get<bool>();
}

void read_value(const Json& value, const std::string&, Json& target) {
  target = value;
}

void read_value(const Json& value, const std::string& path, graph::Activation& target) {
  using graph::Activation;
  static const Names<Activation> kNames = {{"silu", Activation::silu},
                                           {"swish", Activation::silu},
                                           {"gelu", Activation::gelu},
                                           {"quick_gelu", Activation::quick_gelu},
                                           {"gelu_pytorch_tanh", Activation::gelu_tanh}};
  std::string lower = value.is_string() ? value.get<std::string>() : "";
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  read_name(value.is_string() ? Json(lower) : value, path, kNames, target);
}

FieldReader only(Json implemented) {
  return [implemented = std::move(implemented)](const Json& value, const std::string& path) {
    if (value != implemented)
      fail(ErrorCode::unsupported, "{}: expected {}, got {}: not supported", path, implemented.dump(), value.dump());
  };
}

}  // namespace veneer::models
