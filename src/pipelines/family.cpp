#include "pipelines/family.h"

#include <algorithm>

#include "base/error.h"
#include "pipelines/families/families.h"
#include "pipelines/model_folder.h"

namespace veneer::pipelines {
namespace {

struct KnownFamily {
  std::string_view class_name;  ///< diffusers'
  Family (*open)(const std::filesystem::path& folder, const Json& index, const runtime::CompileOptions& options);
};

constexpr KnownFamily kFamilies[] = {
    {"StableDiffusionPipeline", open_stable_diffusion},
    {"StableDiffusionXLPipeline", open_stable_diffusion_xl},
    {"StableDiffusion3Pipeline", open_stable_diffusion_3},
    {"FluxPipeline", open_flux},
};

}  // namespace

std::vector<Component*> Family::adaptable() const {
  std::vector<Component*> result;
  for (const TextEncoder& encoder : conditioner.encoders) result.push_back(encoder.component.get());
  result.push_back(denoiser.get());
  return result;
}

Family open_family(const std::filesystem::path& folder, const runtime::CompileOptions& options) {
  require_model_folder(folder);
  const auto path = folder / "model_index.json";
  const Json index = read_json_file(path);
  if (!index.is_object()) fail(ErrorCode::corrupt_file, "{}: expected an object", path.string());
  const Json class_name = index.value("_class_name", Json());
  const std::string named = class_name.is_string() ? class_name.get<std::string>() : "";
  const auto* known = std::ranges::find(kFamilies, named, &KnownFamily::class_name);
  if (known != std::end(kFamilies)) return known->open(folder, index, options);
  std::vector<std::string_view> names;
  for (const KnownFamily& family : kFamilies) names.push_back(family.class_name);
  fail(ErrorCode::unsupported, "{}: _class_name: expected {}, got {}: not supported", path.string(),
       fmt::join(names, " or "), class_name.dump());
}

}  // namespace veneer::pipelines
