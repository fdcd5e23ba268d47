// Where sampling begins.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "pipelines/latents.h"
#include "schedulers/scheduler.h"
#include "tensor/tensor.h"

namespace veneer::pipelines {

struct Start {
  std::vector<float> latents;  ///< [N,C,h,w], as the scheduler expects them at `first_step`
  std::size_t first_step = 0;  ///< index into the scheduler's timesteps
};

/// From noise alone: what `noise` draws, or `given` (N(0,1), of this size) in its place.
Start start_from_noise(const ImageSize& size, const std::optional<Tensor>& given,
                       const schedulers::Scheduler& scheduler, schedulers::NoiseSource& noise);

}  // namespace veneer::pipelines
