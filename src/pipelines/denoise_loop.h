// The only sampling loop. It knows no family: a denoiser is a component with the inputs "sample" (rows of latents) and
// "timestep" [N], the output "noise_pred" (rows), and whatever inputs the conditioning fills.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "pipelines/component.h"
#include "pipelines/conditioner.h"
#include "pipelines/guidance.h"
#include "pipelines/latents.h"
#include "pipelines/request.h"
#include "pipelines/start.h"
#include "schedulers/scheduler.h"

namespace veneer::pipelines {

/// What the denoiser is given beside the latents, from one step on: inputs for all rows of its batch, and its adapters:
/// one binding for the whole batch, or one a row.
struct Conditioning {
  std::vector<NamedValues> inputs;
  std::vector<std::shared_ptr<const runtime::AdapterBinding>> bindings;
};

/// Refers to what outlives the call.
struct DenoiseLoop {
  Component& denoiser;
  schedulers::Scheduler& scheduler;
  schedulers::NoiseSource& noise;
  ImageSize size;           ///< of the latents of all samples
  Packing packing;          ///< of the denoiser's rows
  std::int64_t tokens = 0;  ///< of the text
  Guidance guidance;
  /// Asked before each evaluation: what it begins with, or null where nothing changes. Never null for the first.
  std::function<std::unique_ptr<Conditioning>(std::size_t step)> conditioning;
  std::function<void(const Progress&)> progress;  ///< may be empty
  std::stop_token stop;

  /// The samples, clean. Throws Error cancelled.
  [[nodiscard]] std::vector<float> run(Start start) const;
};

}  // namespace veneer::pipelines
