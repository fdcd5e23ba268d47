// What the EDM schedulers share: latents that grow with sigma, and the preconditioning of Karras et al., arXiv
// 2206.00364, table 1. Internal to src/schedulers.
#pragma once

#include "schedulers/schedule.h"
#include "schedulers/scheduler.h"

namespace veneer::schedulers {

/// In which type diffusers computes Karras' sigmas. It shows in timesteps near 0, where sigma is near 1.
enum class KarrasType { float32, float64 };

class EdmScheduler : public Scheduler {
 protected:
  /// Reads sigma_min, sigma_max, sigma_data, sigma_schedule, rho, prediction_type, num_train_timesteps and
  /// final_sigmas_type, and makes the schedule.
  EdmScheduler(ConfigReader& config, int num_inference_steps, KarrasType type);

  /// x_0 for one value of the latents x and of the model's output at noise level sigma.
  [[nodiscard]] float predict_x0(float sigma, float x, float out) const;

  FinalSigma final_sigma_;

 private:
  [[nodiscard]] NoiseLevel noise_level(std::size_t step_index) const override {
    return {.signal = 1.0F, .noise = sigmas_[step_index]};
  }
  [[nodiscard]] float input_divisor(std::size_t step_index) const override;

  Prediction prediction_;
  float sigma_data_;
};

}  // namespace veneer::schedulers
