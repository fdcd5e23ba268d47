// The two halves of a Heun step, whatever the derivative is. Internal to src/schedulers.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace veneer::schedulers {

/// The first once, the others twice: the timesteps or sigmas of Heun's evaluations.
inline std::vector<float> doubled(std::span<const float> values) {
  std::vector<float> result(values.begin(), values.begin() + 1);
  for (const float value : values.subspan(1)) result.insert(result.end(), 2, value);
  return result;
}

class HeunStep {
 public:
  /// Whether evaluation step_index is the first half of a step.
  static constexpr bool begins_at(std::size_t step_index) { return step_index % 2 == 0; }

  /// First an Euler step to sigmas[step_index + 1]; then, called with the model's answer there, the same step with the
  /// mean of both derivatives. `derivative` is a function of sigma, the latents' and the model's value.
  template <class Derivative>
  void advance(std::span<const float> sigmas, std::size_t step_index, std::span<const float> noise_pred,
               std::span<float> latents, Derivative derivative) {
    const float sigma = sigmas[step_index];
    if (first_half_) {
      dt_ = sigmas[step_index + 1] - sigma;
      start_.assign(latents.begin(), latents.end());
      slope_.resize(latents.size());
      for (std::size_t i = 0; i < latents.size(); ++i) {
        slope_[i] = derivative(sigma, latents[i], noise_pred[i]);
        latents[i] = latents[i] + slope_[i] * dt_;
      }
    } else {
      for (std::size_t i = 0; i < latents.size(); ++i) {
        const float mean = (slope_[i] + derivative(sigma, latents[i], noise_pred[i])) / 2.0F;
        latents[i] = start_[i] + mean * dt_;
      }
    }
    first_half_ = !first_half_;
  }

 private:
  bool first_half_ = true;
  float dt_ = 0;
  std::vector<float> start_;  ///< latents before the Euler step
  std::vector<float> slope_;  ///< its derivative
};

}  // namespace veneer::schedulers
