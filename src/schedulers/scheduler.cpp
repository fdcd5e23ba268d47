#include "schedulers/scheduler.h"

#include <algorithm>

#include "base/check.h"

namespace veneer::schedulers {

void Scheduler::scale_model_input(std::span<const float> latents, std::size_t step_index,
                                  std::span<float> model_input) const {
  VENEER_CHECK_EQ(latents.size(), model_input.size());
  VENEER_CHECK(step_index < timesteps_.size());
  const float divisor = input_divisor(step_index);
  std::transform(latents.begin(), latents.end(), model_input.begin(), [divisor](float x) { return x / divisor; });
}

void Scheduler::step(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents,
                     NoiseSource& noise) {
  VENEER_CHECK_EQ(noise_pred.size(), latents.size());
  VENEER_CHECK(step_index < timesteps_.size());
  if (started_) VENEER_CHECK_EQ(step_index, next_step_);
  if (!started_) VENEER_CHECK(may_start_at(step_index));
  advance(noise_pred, step_index, latents, noise);
  started_ = true;
  next_step_ = step_index + 1;
}

void Scheduler::add_noise(std::span<float> latents, std::span<const float> noise, std::size_t step_index) const {
  VENEER_CHECK_EQ(noise.size(), latents.size());
  VENEER_CHECK(step_index < timesteps_.size());
  const NoiseLevel level = noise_level(step_index);
  for (std::size_t i = 0; i < latents.size(); ++i) latents[i] = level.signal * latents[i] + level.noise * noise[i];
}

}  // namespace veneer::schedulers
