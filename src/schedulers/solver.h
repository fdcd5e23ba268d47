// What the dpm-solver family (dpmpp_2m, unipc) shares: variance-preserving latents whose noise level is a sigma, and
// outputs turned into predictions of x_0 and remembered. Internal to src/schedulers.
#pragma once

#include <cmath>

#include "schedulers/schedule.h"
#include "schedulers/scheduler.h"

namespace veneer::schedulers {

/// x_t = alpha * x_0 + sigma * noise at one noise level, in float32 as in diffusers.
struct SolverLevel {
  explicit SolverLevel(float variance_exploding_sigma)
      : alpha(1.0F / std::sqrt(variance_exploding_sigma * variance_exploding_sigma + 1.0F)),
        sigma(variance_exploding_sigma * alpha),
        lambda(std::log(alpha) - std::log(sigma)) {}
  float alpha;
  float sigma;
  float lambda;  ///< half the logarithm of the signal-to-noise ratio; infinite where sigma = 0
};

class SolverScheduler : public Scheduler {
 protected:
  /// Reads the fields that both members have, refusing what neither of them does.
  explicit SolverScheduler(ConfigReader& config);

  [[nodiscard]] SolverLevel level(std::size_t index) const { return SolverLevel(sigmas_[index]); }

  /// x_0 as the model's output at this evaluation predicts it.
  void predict_x0(std::span<const float> noise_pred, std::size_t step_index, std::span<const float> latents,
                  std::vector<float>& x0) const;

  /// Makes `x0` the newest of the last solver_order predictions; takes its bytes.
  void remember(std::vector<float>& x0);

  /// The prediction `back` steps ago, 0 being the newest. back < num_known().
  [[nodiscard]] std::span<const float> past(std::size_t back) const { return history_[back]; }

  std::size_t solver_order_;
  bool lower_order_final_;
  FinalSigma final_sigma_;
  std::vector<float> training_sigmas_;
  std::vector<float> alphas_cumprod_;
  SigmaSpacing spacing_;
  TimestepRule rule_;

 private:
  [[nodiscard]] NoiseLevel noise_level(std::size_t step_index) const override {
    return {.signal = level(step_index).alpha, .noise = level(step_index).sigma};
  }

  Prediction prediction_;
  std::vector<std::vector<float>> history_;  ///< newest first
};

}  // namespace veneer::schedulers
