// A family of models as a recipe: the parts that one denoising loop is made of, read from a diffusers folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "pipelines/conditioner.h"
#include "pipelines/guidance.h"
#include "pipelines/latent_space.h"
#include "pipelines/request.h"
#include "schedulers/scheduler.h"

namespace veneer::pipelines {

struct Family {
  std::string name;  ///< as people call it: "Stable Diffusion"
  Conditioner conditioner;
  std::unique_ptr<Component> denoiser;
  LatentSpace latent_space;
  std::int64_t default_size = 512;  ///< pixels along a side
  int default_steps = 50;
  float default_guidance_scale = 7.5f;
  std::int64_t most_tokens = 0;  ///< that a request may ask for; 0: it may not

  std::vector<schedulers::Formulation> formulations;  ///< of the schedulers that it can be sampled by
  /// The scheduler's configuration as the family's pipeline in diffusers has it, for the model's own scheduler or
  /// another.
  enum class SchedulerOf { model, request };
  std::function<Json(SchedulerOf)> scheduler_config;

  /// Beside the number of steps.
  std::function<schedulers::ScheduleRequest(const Request&, const ImageSize& latents)> schedule;

  // Of requests whose steps, guidance_scale, width and height are there.
  std::function<Guidance(const Request&)> guidance;
  /// One row for each row of guidance, the negative first.
  std::function<std::vector<PromptRow>(const Request&)> prompts;
  /// Inputs of the denoiser that are no text, for a batch of so many rows of guidance; may be empty.
  std::function<std::vector<NamedValues>(const Request&, std::int64_t rows)> numbers;
  std::vector<RequestField> fields;  ///< that mean something to it

  /// Text encoders, then the denoiser: where adapters act.
  [[nodiscard]] std::vector<Component*> adaptable() const;
};

/// The family that `_class_name` of model_index.json names. Weights are mapped, not read. Throws Error not_found,
/// corrupt_file, invalid_argument (parts that do not fit each other) or unsupported, by name.
Family open_family(const std::filesystem::path& folder, const runtime::CompileOptions& options);

}  // namespace veneer::pipelines
