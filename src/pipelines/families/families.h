// One function a family: a folder whose model_index.json is `index` -> the parts.
#pragma once

#include "pipelines/family.h"

namespace veneer::pipelines {

/// diffusers' StableDiffusionPipeline: Stable Diffusion 1.x and 2.x.
Family open_stable_diffusion(const std::filesystem::path& folder, const Json& index,
                             const runtime::CompileOptions& options);

/// diffusers' StableDiffusionXLPipeline.
Family open_stable_diffusion_xl(const std::filesystem::path& folder, const Json& index,
                                const runtime::CompileOptions& options);

/// diffusers' StableDiffusion3Pipeline: Stable Diffusion 3 and 3.5.
Family open_stable_diffusion_3(const std::filesystem::path& folder, const Json& index,
                               const runtime::CompileOptions& options);

/// diffusers' FluxPipeline: Flux.1 dev and schnell.
Family open_flux(const std::filesystem::path& folder, const Json& index, const runtime::CompileOptions& options);

}  // namespace veneer::pipelines
