// What the dpm-solver family (dpmpp_2m, unipc, edm_dpmpp_2m) shares: noise levels in half the logarithm of their
// signal-to-noise ratio, and outputs turned into predictions of x_0 and remembered. Internal to src/schedulers.
#pragma once

#include <cmath>

#include "schedulers/schedule.h"
#include "schedulers/scheduler.h"

namespace veneer::schedulers {

/// x_t = alpha * x_0 + sigma * noise at one noise level, in float32 as in diffusers.
struct SolverLevel {
  float alpha;
  float sigma;
  float lambda;  ///< log(alpha / sigma); infinite where sigma = 0
};

/// Latents of variance 1, given the sigma they would have with alpha = 1.
inline SolverLevel preserving_level(float sigma) {
  const float alpha = 1.0F / std::sqrt(sigma * sigma + 1.0F);
  return {.alpha = alpha, .sigma = sigma * alpha, .lambda = std::log(alpha) - std::log(sigma * alpha)};
}

/// Latents whose variance grows.
inline SolverLevel exploding_level(float sigma) {
  return {.alpha = 1.0F, .sigma = sigma, .lambda = -std::log(sigma)};
}

/// Of how many predictions a multistep method makes a step.
struct SolverOrder {
  std::size_t order;
  bool lower_at_end;  ///< steps at the end of a short schedule take fewer
};

/// Reads solver_order and lower_order_final.
SolverOrder read_solver_order(ConfigReader& config);

/// The last predictions of x_0, newest first.
class Predictions {
 public:
  explicit Predictions(std::size_t capacity) : capacity_(capacity) {}

  /// Makes `x0` the newest; takes its bytes.
  void remember(std::vector<float>& x0);

  /// The prediction `back` steps ago, 0 being the newest. back < min(capacity, number remembered).
  [[nodiscard]] std::span<const float> operator[](std::size_t back) const { return newest_first_[back]; }

 private:
  std::size_t capacity_;
  std::vector<std::vector<float>> newest_first_;
};

/// The beta schedule and variance-preserving latents of dpmpp_2m and unipc.
class SolverScheduler : public Scheduler {
 protected:
  /// Reads the fields that both members have, refusing what neither of them does.
  explicit SolverScheduler(ConfigReader& config);

  [[nodiscard]] SolverLevel level(std::size_t index) const { return preserving_level(sigmas_[index]); }

  /// x_0 as the model's output at this evaluation predicts it.
  void predict_x0(std::span<const float> noise_pred, std::size_t step_index, std::span<const float> latents,
                  std::vector<float>& x0) const;

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
};

}  // namespace veneer::schedulers
