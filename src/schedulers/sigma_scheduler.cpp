#include "schedulers/sigma_scheduler.h"

#include <algorithm>

namespace veneer::schedulers {

void SigmaScheduler::set_init_noise_sigma(Spacing spacing) {
  const float max = *std::ranges::max_element(sigmas_);
  init_noise_sigma_ = spacing == Spacing::leading ? std::sqrt(max * max + 1.0F) : max;
}

SigmaSchedule make_sigma_schedule(const TimestepRule& rule, SigmaSpacing spacing, const SigmaRange& range,
                                  std::span<const float> training_sigmas, int num_inference_steps) {
  SigmaSchedule schedule;
  schedule.timesteps = spaced_timesteps(rule, num_inference_steps);
  // A float32 array in diffusers: the fractions of linspace are rounded before sigmas are interpolated at them.
  for (double& t : schedule.timesteps) t = static_cast<double>(static_cast<float>(t));
  schedule.sigmas = sigmas_at(schedule.timesteps, training_sigmas);
  if (spacing == SigmaSpacing::timesteps) return schedule;
  schedule.sigmas = respaced_sigmas(spacing, range.max.value_or(schedule.sigmas.front()),
                                    range.min.value_or(schedule.sigmas.back()), num_inference_steps);
  schedule.timesteps = timesteps_of(schedule.sigmas, training_sigmas);
  return schedule;
}

}  // namespace veneer::schedulers
