#include "adapters/peft_config.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"

namespace veneer::adapters {
namespace {

/// Fields that say how the adapter was made or which modules it is for, not what it does. All others must be read here
/// or have a value that asks for nothing (null, false, empty).
constexpr auto kWithoutEffect = std::to_array<std::string_view>({
    "task_type",
    "auto_mapping",
    "peft_version",
    "base_model_name_or_path",
    "revision",
    "inference_mode",
    "target_modules",
    "exclude_modules",
    "lora_dropout",
    "layers_to_transform",
    "layers_pattern",
    "megatron_core",
    "qalora_group_size",
    "runtime_config",
    "ensure_weight_tying",
    "eva_config",
    "rank_dropout",
    "module_dropout",
    "rank_dropout_scale",
    // what the tensors themselves show
    "use_dora",
    "lora_bias",
    "use_effective_conv2d",
    "decompose_both",
    "decompose_factor",
});

constexpr auto kRead = std::to_array<std::string_view>({
    "peft_type",
    "r",
    "lora_alpha",
    "alpha",
    "use_rslora",
    "rank_pattern",
    "alpha_pattern",
    "bias",
    "init_lora_weights",
    "init_weights",
});

/// peft's kinds of adapter that are read.
constexpr auto kTypes = std::to_array<std::string_view>({"LORA", "LOHA", "LOKR"});

/// Ways to initialise that leave the base weights alone; the others (pissa, olora, corda, loftq...) do not.
constexpr auto kHarmlessStarts = std::to_array<std::string_view>({"gaussian", "orthogonal", "eva"});

template <class Table>
bool contains(const Table& table, std::string_view word) {
  return std::find(table.begin(), table.end(), word) != table.end();
}

bool asks_for_nothing(const OrderedJson& value) {
  const auto* text = value.get_ptr<const std::string*>();
  const bool empty = text != nullptr ? text->empty() : value.is_structured() && value.empty();
  return value.is_null() || value == false || empty;
}

void refuse_what_is_not_plain_lora(const OrderedJson& fields, std::string_view where) {
  const auto refuse = [&](std::string_view name, const OrderedJson& value) {
    fail(ErrorCode::unsupported, "{}: {} = {} is not supported yet", where, name, value.dump());
  };
  for (const auto& [name, value] : fields.items()) {
    const auto* text = value.get_ptr<const std::string*>();
    if (name == "peft_type" && !value.is_null() && !(text && contains(kTypes, *text))) refuse(name, value);
    if (name == "bias" && value != "none" && !asks_for_nothing(value)) refuse(name, value);
    if (name == "init_lora_weights" || name == "init_weights") {
      if (text != nullptr ? !contains(kHarmlessStarts, *text) : !value.is_boolean() && !value.is_null())
        refuse(name, value);
    }
    if (!contains(kRead, name) && !contains(kWithoutEffect, name) && !asks_for_nothing(value)) refuse(name, value);
  }
}

double read_number(const OrderedJson& value, const std::string& name, std::string_view where) {
  if (!value.is_number() || !std::isfinite(value.get<double>()))
    fail(ErrorCode::corrupt_file, "{}: {}: expected a number, got {}", where, name, value.dump());
  return value.get<double>();
}

double read_rank(const OrderedJson& value, const std::string& name, std::string_view where) {
  const double rank = read_number(value, name, where);
  if (rank < 1 || rank > 1e9 || rank != std::floor(rank))
    fail(ErrorCode::corrupt_file, "{}: {}: expected a rank of at least 1, got {}", where, name, value.dump());
  return rank;
}

/// Text encoders' module names have `text_model.` or not: a pattern may have been written for either.
double pattern_or(const std::vector<std::pair<NamePattern, double>>& patterns, std::string_view module, double other) {
  constexpr std::string_view kTextModel = "text_model.";
  const auto bare = module.starts_with(kTextModel) ? module.substr(kTextModel.size()) : module;
  for (const auto& [pattern, value] : patterns)
    if (pattern.matches(module) || pattern.matches(bare)) return value;
  return other;
}

}  // namespace

PeftConfig::PeftConfig(const OrderedJson& fields, std::string_view where) {
  if (!fields.is_object()) fail(ErrorCode::corrupt_file, "{}: expected an object", where);
  refuse_what_is_not_plain_lora(fields, where);
  if (const auto r = fields.find("r"); r != fields.end()) rank_ = read_rank(*r, "r", where);
  for (const char* name : {"lora_alpha", "alpha"})  // LoRA's, and that of LoHa and LoKr
    if (const auto alpha = fields.find(name); alpha != fields.end()) alpha_ = read_number(*alpha, name, where);
  if (const auto stabilised = fields.find("use_rslora"); stabilised != fields.end() && !stabilised->is_null()) {
    if (!stabilised->is_boolean())
      fail(ErrorCode::corrupt_file, "{}: use_rslora: expected true or false, got {}", where, stabilised->dump());
    rank_stabilised_ = stabilised->get<bool>();
  }
  rank_patterns_ = read_patterns(fields, "rank_pattern", where);
  alpha_patterns_ = read_patterns(fields, "alpha_pattern", where);
}

std::vector<PeftConfig::Pattern> PeftConfig::read_patterns(const OrderedJson& fields, const char* key,
                                                           std::string_view where) {
  std::vector<Pattern> patterns;
  const auto found = fields.find(key);
  if (found == fields.end() || found->is_null()) return patterns;
  if (!found->is_object()) fail(ErrorCode::corrupt_file, "{}: {}: expected an object", where, key);
  for (const auto& [pattern, value] : found->items()) {
    const bool ranks = std::string_view(key) == "rank_pattern";
    patterns.emplace_back(NamePattern(pattern, where),
                          ranks ? read_rank(value, pattern, where) : read_number(value, pattern, where));
  }
  return patterns;
}

std::optional<PeftConfig> PeftConfig::from_header(const OrderedJson& fields, std::string_view where) {
  if (!fields.contains("lora_alpha") && !fields.contains("alpha_pattern")) return std::nullopt;
  PeftConfig config(fields, where);
  if (!fields.contains("r")) config.rank_.reset();
  if (!fields.contains("lora_alpha")) config.alpha_.reset();
  return config;
}

Scaling PeftConfig::scaling_of(std::string_view module, std::int64_t tensor_rank) const {
  const double rank = pattern_or(rank_patterns_, module, rank_.value_or(static_cast<double>(tensor_rank)));
  const double alpha = pattern_or(alpha_patterns_, module, alpha_.value_or(rank));
  return {static_cast<std::int64_t>(rank), alpha, alpha / (rank_stabilised_ ? std::sqrt(rank) : rank)};
}

}  // namespace veneer::adapters
