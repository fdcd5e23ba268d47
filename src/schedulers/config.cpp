#include "schedulers/config.h"

#include <algorithm>

#include "base/file.h"
#include "schedulers/scheduler.h"

namespace veneer::schedulers {
namespace {

// The constructor arguments of every scheduler that diffusers 0.42 counts as compatible with one another, and of those
// of make_scheduler's that it counts as alone.
constexpr std::string_view kKnownFields[] = {"algorithm_type",
                                             "base_image_seq_len",
                                             "base_shift",
                                             "beta_end",
                                             "beta_schedule",
                                             "beta_start",
                                             "clip_sample",
                                             "clip_sample_range",
                                             "disable_corrector",
                                             "dynamic_thresholding_ratio",
                                             "euler_at_final",
                                             "final_sigmas_type",
                                             "flow_shift",
                                             "interpolation_type",
                                             "invert_sigmas",
                                             "lambda_min_clipped",
                                             "lower_order_final",
                                             "max_image_seq_len",
                                             "max_shift",
                                             "num_train_timesteps",
                                             "original_inference_steps",
                                             "predict_x0",
                                             "prediction_type",
                                             "rescale_betas_zero_snr",
                                             "rho",
                                             "sample_max_value",
                                             "scale_factors",
                                             "set_alpha_to_one",
                                             "shift",
                                             "shift_terminal",
                                             "sigma_data",
                                             "sigma_max",
                                             "sigma_min",
                                             "sigma_schedule",
                                             "skip_prk_steps",
                                             "solver_order",
                                             "solver_p",
                                             "solver_type",
                                             "steps_offset",
                                             "stochastic_sampling",
                                             "thresholding",
                                             "time_shift_type",
                                             "timestep_scaling",
                                             "timestep_spacing",
                                             "timestep_type",
                                             "trained_betas",
                                             "upscale_mode",
                                             "use_beta_sigmas",
                                             "use_dynamic_shifting",
                                             "use_exponential_sigmas",
                                             "use_flow_sigmas",
                                             "use_karras_sigmas",
                                             "use_lu_lambdas",
                                             "variance_type"};

std::optional<double> as_number(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (value == "Infinity") return std::numeric_limits<double>::infinity();
  if (value == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

/// Puts Python's Infinity, -Infinity and NaN, which JSON lacks, in quotation marks where they stand outside strings.
std::string quote_python_numbers(std::string_view text) {
  std::string result;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!in_string) {
      const auto starts = [rest = text.substr(i)](std::string_view word) { return rest.starts_with(word); };
      constexpr std::string_view kWords[] = {"-Infinity", "Infinity", "NaN"};
      const auto* word = std::ranges::find_if(kWords, starts);
      if (word != std::end(kWords)) {
        result.append("\"").append(*word).append("\"");
        i += word->size() - 1;
        continue;
      }
    }
    result += c;
    if (c == '"') in_string = !in_string;
    if (c == '\\' && in_string && i + 1 < text.size()) result += text[++i];
  }
  return result;
}

}  // namespace

ConfigReader::ConfigReader(const Json& config) : fields_(config) {
  if (!config.is_object())
    fail(ErrorCode::corrupt_file, "{}: expected an object, got {}", kConfigFile, config.type_name());
  const auto defaults = config.find("_use_default_values");
  if (defaults == config.end() || !defaults->is_array()) return;
  for (const Json& name : *defaults)
    if (name.is_string()) fields_.erase(name.get<std::string>());
}

const Json* ConfigReader::find(std::string_view name) {
  asked_.emplace(name);
  const auto found = fields_.find(name);
  return found == fields_.end() ? nullptr : &*found;
}

void ConfigReader::wrong_type(std::string_view name, std::string_view expected, const Json& got) {
  fail(ErrorCode::corrupt_file, "{}: {}: expected {}, got {}", kConfigFile, name, expected, got.dump());
}

void ConfigReader::unsupported(std::string_view name, std::string_view expected, const Json& got) {
  fail(ErrorCode::unsupported, "{}: {}: expected {}, got {}: not supported", kConfigFile, name, expected, got.dump());
}

bool ConfigReader::flag(std::string_view name, bool fallback) {
  const Json* value = find(name);
  if (!value) return fallback;
  if (value->is_null()) return false;
  if (!value->is_boolean()) wrong_type(name, "true or false", *value);
  return value->get<bool>();
}

int ConfigReader::integer(std::string_view name, int fallback, int minimum) {
  constexpr int kMaximum = 1'000'000;
  const Json* value = find(name);
  if (!value) return fallback;
  const std::string expected = fmt::format("an integer of {}..{}", minimum, kMaximum);
  if (!value->is_number_integer()) wrong_type(name, expected, *value);
  const auto number = value->get<double>();  // never wraps, unlike get<int>()
  if (number < minimum || number > kMaximum) wrong_type(name, expected, *value);
  return static_cast<int>(number);
}

double ConfigReader::number(std::string_view name, double fallback) {
  const Json* value = find(name);
  if (!value) return fallback;
  const std::optional<double> number = as_number(*value);
  if (!number) wrong_type(name, "a number", *value);
  return *number;
}

std::optional<double> ConfigReader::optional_number(std::string_view name) {
  const Json* value = find(name);
  if (!value || value->is_null()) return std::nullopt;
  return number(name, 0.0);
}

std::optional<std::vector<double>> ConfigReader::optional_numbers(std::string_view name) {
  const Json* value = find(name);
  if (!value || value->is_null()) return std::nullopt;
  if (!value->is_array()) wrong_type(name, "a list of numbers", *value);
  std::vector<double> numbers;
  numbers.reserve(value->size());
  for (const Json& element : *value) {
    if (!element.is_number()) wrong_type(name, "a list of numbers", element);
    numbers.push_back(element.get<double>());
  }
  return numbers;
}

std::string ConfigReader::text(std::string_view name, std::string_view fallback) {
  const Json* value = find(name);
  if (!value) return std::string(fallback);
  if (!value->is_string()) wrong_type(name, "a string", *value);
  return value->get<std::string>();
}

int ConfigReader::choice(std::string_view name, std::string_view fallback, std::span<const Choice> choices) {
  const std::string got = text(name, fallback);
  std::string expected;
  for (const Choice& choice : choices) {
    if (choice.text == got) return choice.value;
    expected += fmt::format("{}{}", expected.empty() ? "" : " or ", choice.text);
  }
  unsupported(name, expected, got);
}

void ConfigReader::require(std::string_view name, const Json& supported) {
  const Json* value = find(name);
  if (value && !value->is_null() && *value != supported) unsupported(name, supported.dump(), *value);
}

void ConfigReader::refuse_unknown() const {
  for (const auto& [name, value] : fields_.items()) {
    if (name.starts_with('_') || asked_.contains(name)) continue;
    if (std::ranges::find(kKnownFields, name) != std::end(kKnownFields)) continue;
    fail(ErrorCode::unsupported, "{}: {}: expected a field that a diffusers scheduler reads, got an unknown one ({})",
         kConfigFile, name, value.dump());
  }
}

Json read_scheduler_config(const std::filesystem::path& path) {
  return parse_json(quote_python_numbers(read_text_file(path)), path.string());
}

}  // namespace veneer::schedulers
