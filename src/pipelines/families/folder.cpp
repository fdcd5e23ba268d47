#include "pipelines/families/folder.h"

#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "schedulers/scheduler.h"

namespace veneer::pipelines {
namespace {

/// Before diffusers 0.9 unets of 64x64 latents were published with `sample_size` 32 and 16.
bool states_no_size(const Json& unet) {
  const Json version = unet.value("_diffusers_version", Json());
  int minor = 0;
  return version.is_string() && std::sscanf(version.get_ref<const std::string&>().c_str(), "0.%d.", &minor) == 1 &&
         minor < 9;
}

}  // namespace

void require_parts(const std::filesystem::path& folder, const Json& index, std::initializer_list<IndexedPart> parts) {
  for (const auto& [name, class_name] : parts) {
    const Json part = index.value(std::string(name), Json());
    const Json got = part.is_array() && part.size() == 2 ? part[1] : part;
    if (got != class_name)
      fail(ErrorCode::unsupported, "{}: {}: expected {}, got {}: not supported", (folder / "model_index.json").string(),
           name, class_name, got.dump());
  }
}

bool has_part(const std::filesystem::path& folder, const Json& index, const IndexedPart& part) {
  const Json entry = index.value(std::string(part.name), Json());
  if (entry.is_null() || entry == Json::array({nullptr, nullptr})) return false;
  require_parts(folder, index, {part});
  return true;
}

Json read_scheduler(const std::filesystem::path& folder, const Json& index) {
  const auto path = folder / "scheduler" / "scheduler_config.json";
  Json config = schedulers::read_scheduler_config(path);
  if (!config.is_object())
    fail(ErrorCode::corrupt_file, "{}: expected an object, got {}", path.string(), config.type_name());
  const Json named = index.value("scheduler", Json());
  if (named.is_array() && named.size() == 2 && named[1].is_string()) config["_class_name"] = named[1];
  const Json defaults = config.value("_use_default_values", Json::array());
  for (const Json& field : defaults)
    if (field.is_string()) config.erase(field.get<std::string>());
  config.erase("_use_default_values");
  return config;
}

bool read_flag(const std::filesystem::path& folder, const Json& index, const std::string& field, bool fallback) {
  const Json value = index.value(field, Json(fallback));
  if (!value.is_boolean())
    fail(ErrorCode::corrupt_file, "{}: {}: expected true or false, got {}", (folder / "model_index.json").string(),
         field, value.dump());
  return value.get<bool>();
}

std::int64_t native_side(const std::filesystem::path& unet) {
  constexpr std::int64_t kUsual = 64, kLargest = 1024;
  const auto path = unet / "config.json";
  const Json config = read_json_file(path);
  const Json side = config.value("sample_size", Json());
  if (side.is_null()) return kUsual;
  if (!side.is_number_integer() || side < 1 || side > kLargest)
    fail(ErrorCode::unsupported, "{}: sample_size: expected an integer from 1 to {}, got {}: not supported",
         path.string(), kLargest, side.dump());
  return states_no_size(config) ? std::max(kUsual, side.get<std::int64_t>()) : side.get<std::int64_t>();
}

void require_agreements(const std::filesystem::path& folder, const std::vector<Agreement>& agreements) {
  for (const auto& [part, field, other, expected, got] : agreements)
    if (got != expected)
      fail(ErrorCode::invalid_argument, "{}: {}: expected {} ({}), got {}", (folder / part / "config.json").string(),
           field, expected, other, got);
}

}  // namespace veneer::pipelines
