// Heun's second-order method (Karras et al., arXiv 2206.00364, algorithm 1): an Euler step, then the same step again
// with the mean of both ends' slopes. Two evaluations a step, one for the last. diffusers' HeunDiscreteScheduler.
#include <algorithm>

#include "schedulers/members.h"
#include "schedulers/sigma_scheduler.h"

namespace veneer::schedulers {
namespace {

/// The first once, the others twice.
std::vector<float> doubled(std::span<const float> values) {
  std::vector<float> result(values.begin(), values.begin() + 1);
  for (const float value : values.subspan(1)) result.insert(result.end(), 2, value);
  return result;
}

class Heun final : public SigmaScheduler {
 public:
  Heun(ConfigReader& config, int num_inference_steps) {
    const std::vector<float> alphas = read_alphas_cumprod(config, {.start = 0.00085, .end = 0.012, .takes_exp = true});
    const TimestepRule rule = read_timestep_rule(config, "linspace", static_cast<int>(alphas.size()));
    const SigmaSpacing spacing = read_sigma_spacing(config);
    prediction_ = read_prediction(config);
    clip_range_ = read_clip_range(config, ClipByDefault::no);
    check_num_inference_steps(num_inference_steps, rule.num_train_timesteps);
    const SigmaSchedule schedule = make_sigma_schedule(rule, spacing, {}, training_sigmas(alphas), num_inference_steps);
    timesteps_ = doubled(to_float(schedule.timesteps));
    sigmas_ = doubled(to_float(schedule.sigmas));
    sigmas_.push_back(0.0F);
    set_init_noise_sigma(rule.spacing);
  }

 private:
  void advance(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents,
               NoiseSource& /*noise*/) override {
    if (first_half_)
      predict(noise_pred, step_index, latents);
    else
      correct(noise_pred, step_index, latents);
    first_half_ = !first_half_;
  }

  void predict(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents) {
    const float sigma = sigmas_[step_index];
    dt_ = sigmas_[step_index + 1] - sigma;
    start_.assign(latents.begin(), latents.end());
    slope_.resize(latents.size());
    for (std::size_t i = 0; i < latents.size(); ++i) {
      slope_[i] = derivative(sigma, latents[i], noise_pred[i]);
      latents[i] = latents[i] + slope_[i] * dt_;
    }
  }

  void correct(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents) const {
    const float sigma_next = sigmas_[step_index];
    for (std::size_t i = 0; i < latents.size(); ++i) {
      const float mean = (slope_[i] + derivative(sigma_next, latents[i], noise_pred[i])) / 2.0F;
      latents[i] = start_[i] + mean * dt_;
    }
  }

  [[nodiscard]] float derivative(float sigma, float x, float out) const {
    return (x - std::clamp(predict_x0(prediction_, sigma, x, out), -clip_range_, clip_range_)) / sigma;
  }

  Prediction prediction_ = Prediction::epsilon;
  float clip_range_ = 0;
  bool first_half_ = true;
  float dt_ = 0;
  std::vector<float> start_;  ///< latents before the Euler step
  std::vector<float> slope_;  ///< its derivative
};

}  // namespace

std::unique_ptr<Scheduler> make_heun(ConfigReader& config, int num_inference_steps) {
  return std::make_unique<Heun>(config, num_inference_steps);
}

}  // namespace veneer::schedulers
