// What every family reads of a diffusers folder.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace veneer::pipelines {

/// A part that model_index.json must name, with its class: {"unet", "UNet2DConditionModel"}.
struct IndexedPart {
  std::string_view name, class_name;
};

/// Throws Error unsupported unless the index names these parts with these classes.
void require_parts(const std::filesystem::path& folder, const Json& index, std::initializer_list<IndexedPart> parts);

/// Whether the index names the part; published folders say [null, null] of one that is left out. Throws Error
/// unsupported for another class.
bool has_part(const std::filesystem::path& folder, const Json& index, const IndexedPart& part);

/// scheduler_config.json as diffusers loads it: for the class that the index names, without what only states defaults.
Json read_scheduler(const std::filesystem::path& folder, const Json& index);

/// A flag of model_index.json.
bool read_flag(const std::filesystem::path& folder, const Json& index, const std::string& field, bool fallback);

/// Config::from_json of the part's config.json.
template <class Config>
Config read_config(const std::filesystem::path& part) {
  const auto path = part / "config.json";
  return Config::from_json(read_json_file(path), path.string());
}

/// Side of the latents that a unet was trained for.
std::int64_t native_side(const std::filesystem::path& unet);

/// Two parts' configurations that must agree.
struct Agreement {
  std::string_view part, field, other;  ///< `other` says where the expected number is from
  std::int64_t expected, got;
};

/// Throws Error invalid_argument for the first that does not hold.
void require_agreements(const std::filesystem::path& folder, const std::vector<Agreement>& agreements);

}  // namespace veneer::pipelines
