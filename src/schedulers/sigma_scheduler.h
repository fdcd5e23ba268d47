// What euler, euler_ancestral, heun and lms share: latents that grow with sigma (x = x_0 + sigma * noise).
// Internal to src/schedulers.
#pragma once

#include <cmath>

#include "schedulers/schedule.h"
#include "schedulers/scheduler.h"

namespace veneer::schedulers {

class SigmaScheduler : public Scheduler {
 protected:
  /// As diffusers: sigmas' maximum, with the unit variance of the data added where spacing is leading.
  void set_init_noise_sigma(Spacing spacing);

  /// The predicted x_0 for one value of the latents x and of the model's output, at noise level sigma.
  [[nodiscard]] static float predict_x0(Prediction prediction, float sigma, float x, float out) {
    switch (prediction) {
      case Prediction::epsilon:
        return x - sigma * out;
      case Prediction::v_prediction:
        return out * (-sigma / std::sqrt(sigma * sigma + 1.0F)) + x / (sigma * sigma + 1.0F);
      case Prediction::sample:
        break;
    }
    return out;
  }

 private:
  [[nodiscard]] NoiseLevel noise_level(std::size_t step_index) const override {
    return {.signal = 1.0F, .noise = sigmas_[step_index]};
  }
  [[nodiscard]] float input_divisor(std::size_t step_index) const override {
    return std::sqrt(sigmas_[step_index] * sigmas_[step_index] + 1.0F);
  }
};

/// The sigmas and timesteps of euler, heun and lms before heun doubles them: n timesteps, n sigmas.
struct SigmaSchedule {
  std::vector<double> timesteps;
  std::vector<double> sigmas;
};

/// The range of respaced sigmas where the configuration gives one.
struct SigmaRange {
  std::optional<double> min;
  std::optional<double> max;
};

/// Timesteps by `rule` and their sigmas, or sigmas spaced anew and the timesteps that belong to them.
SigmaSchedule make_sigma_schedule(const TimestepRule& rule, SigmaSpacing spacing, const SigmaRange& range,
                                  std::span<const float> training_sigmas, int num_inference_steps);

}  // namespace veneer::schedulers
