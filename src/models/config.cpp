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
