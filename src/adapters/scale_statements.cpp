#include "adapters/scale_statements.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/json.h"

namespace veneer::adapters {
namespace {

/// Entries of a header that hold a whole configuration as JSON: diffusers' own and what scripts call it.
constexpr auto kConfigurations =
    std::to_array<std::string_view>({"lora_adapter_metadata", "adapter_config", "peft_config", "lora_config"});

struct Spelling {
  std::string_view written, meant;
};

/// Entries of a header that state one field of a configuration, alone or behind a component: "unet.lora_alpha".
constexpr auto kFields = std::to_array<Spelling>({
    {"r", "r"},
    {"rank", "r"},
    {"lora_r", "r"},
    {"lora_rank", "r"},
    {"network_dim", "r"},
    {"lora_alpha", "lora_alpha"},
    {"alpha", "lora_alpha"},
    {"network_alpha", "lora_alpha"},
    {"use_rslora", "use_rslora"},
    {"rank_pattern", "rank_pattern"},
    {"alpha_pattern", "alpha_pattern"},
});
constexpr auto kComponents = std::to_array<Spelling>({
    {"unet", "unet"},
    {"lora_unet", "unet"},
    {"text_encoder", "text_encoder"},
    {"text_encoder_1", "text_encoder"},
    {"lora_te", "text_encoder"},
    {"lora_te1", "text_encoder"},
    {"te", "text_encoder"},
    {"te1", "text_encoder"},
    {"text_encoder_2", "text_encoder_2"},
    {"lora_te2", "text_encoder_2"},
    {"transformer", "transformer"},
    {"lora_transformer", "transformer"},
});

struct FieldName {
  std::string_view component, field;  // as meant
};

std::optional<FieldName> field_name(std::string_view key) {
  for (const Spelling& field : kFields) {
    if (!key.ends_with(field.written)) continue;
    const std::string_view before = key.substr(0, key.size() - field.written.size());
    if (before.empty()) return FieldName{"", field.meant};
    if (before.back() != '.' && before.back() != '_') continue;
    const auto component = std::ranges::find(kComponents, before.substr(0, before.size() - 1), &Spelling::written);
    if (component != kComponents.end()) return FieldName{component->meant, field.meant};
  }
  return std::nullopt;
}

/// A header holds texts: numbers, objects in JSON, Python's True, False and None. None if it says nothing.
std::optional<OrderedJson> header_value(const std::string& text, const std::string& where) {
  if (text.empty() || text == "None" || text == "null") return std::nullopt;
  if (text == "True" || text == "False") return OrderedJson(text == "True");
  return parse_ordered_json(text, where);
}

std::string_view component_of(std::string_view target) {
  return target.substr(0, target.find('.'));
}

/// Two statements of one number, of which one may have been rounded to f16.
bool agree(double a, double b) {
  return std::abs(a - b) <= 1e-3 * std::max(std::abs(a), std::abs(b));
}

}  // namespace

ScaleStatements::ScaleStatements(const std::map<std::string, std::string>& metadata, const std::string& peft_config,
                                 std::string_view where) {
  if (!peft_config.empty())
    add_configuration(peft_config, AlphaSource::adapter_config, fmt::format("{}: adapter_config.json", where));
  for (const std::string_view key : kConfigurations)
    if (const auto found = metadata.find(std::string(key)); found != metadata.end())
      add_configuration(found->second, AlphaSource::header, fmt::format("{}: {}", where, key));
  add_mentions(metadata, where);
  if (const auto found = metadata.find("ss_network_alpha"); found != metadata.end()) {
    const std::string place = fmt::format("{}: ss_network_alpha", where);
    const auto alpha = header_value(found->second, place);
    if (alpha && !alpha->is_number())
      fail(ErrorCode::corrupt_file, "{}: expected a number, got {}", place, found->second);
    if (alpha && *alpha != 0) trainer_alpha_ = alpha->get<double>();  // 0: sd-scripts takes the rank
  }
}

/// Fields of all components ("unet.r"), of one that holds an object, or of the model itself ("r").
void ScaleStatements::add_configuration(std::string_view text, AlphaSource source, const std::string& where) {
  const OrderedJson fields = parse_ordered_json(text, where);
  if (!fields.is_object()) fail(ErrorCode::corrupt_file, "{}: expected an object", where);
  std::map<std::string, OrderedJson> split;
  for (const auto& [name, value] : fields.items()) {
    const auto dot = name.find('.');
    if (value.is_object() && std::ranges::find(kComponents, name, &Spelling::written) != kComponents.end())
      split[name].update(value);
    else if (dot == std::string::npos)
      split[""][name] = value;
    else
      split[name.substr(0, dot)][name.substr(dot + 1)] = value;
  }
  if (split.empty()) split[""] = OrderedJson::object();  // peft's defaults
  for (const auto& [component, own] : split) {
    const std::string place = component.empty() ? where : where + ": " + component;
    statements_.push_back({component, {own, place}, source, where, Statement::Force::configuration});
  }
}

void ScaleStatements::add_mentions(const std::map<std::string, std::string>& metadata, std::string_view where) {
  std::map<std::string_view, OrderedJson> split;
  for (const auto& [key, text] : metadata) {
    const auto name = field_name(key);
    if (!name) continue;
    if (auto value = header_value(text, fmt::format("{}: {}", where, key)))
      split[name->component][std::string(name->field)] = *std::move(value);
  }
  for (const auto& [component, fields] : split) {
    const std::string place = fmt::format("{}: header", where);
    if (auto config = PeftConfig::from_header(fields, place))
      statements_.push_back(
          {std::string(component), *std::move(config), AlphaSource::header, place, Statement::Force::mention});
  }
}

ScaleStatements::Stated ScaleStatements::of(std::string_view target, std::int64_t rank,
                                            std::optional<double> alpha) const {
  std::optional<Stated> stated;
  if (alpha && rank > 0) stated = {*alpha, *alpha / static_cast<double>(rank), AlphaSource::tensor, ""};
  const std::string_view component = component_of(target);
  const auto has_own = [&](const Statement& general) {
    return std::ranges::any_of(statements_, [&](const Statement& other) {
      return other.component == component && other.where == general.where;
    });
  };
  for (const Statement& statement : statements_) {
    if (statement.component.empty() ? has_own(statement) : statement.component != component) continue;
    const Scaling scaling = statement.config.scaling_of(target.substr(component.size() + 1), rank);
    const bool mention = statement.force == Statement::Force::mention;
    if (mention && rank == 0) continue;
    if (rank > 0 && scaling.rank != rank && !(mention && stated))
      fail(ErrorCode::corrupt_file, "{}: {}: expected rank {}, got {}", statement.where, target, scaling.rank, rank);
    if (!stated) {
      stated = {scaling.alpha, scaling.scale, statement.source, ""};
    } else if (!agree(stated->scale, scaling.scale)) {
      if (!mention)
        fail(ErrorCode::corrupt_file, "{}: {}: expected alpha {} as the {} states it, got {}", statement.where, target,
             stated->alpha, to_string(stated->source), scaling.alpha);
      stated->warning = fmt::format("alpha is {} by the {}, which counts, and {} by the header", stated->alpha,
                                    to_string(stated->source), scaling.alpha);
    }
  }
  if (stated) return *stated;
  if (rank == 0) return {0, 1, AlphaSource::rank, ""};
  const double value = trainer_alpha_.value_or(static_cast<double>(rank));
  return {value, value / static_cast<double>(rank), trainer_alpha_ ? AlphaSource::header : AlphaSource::rank, ""};
}

}  // namespace veneer::adapters
