// Euler's method that goes down too far and adds fresh noise back: diffusers' EulerAncestralDiscreteScheduler.
#include <cmath>

#include "schedulers/members.h"
#include "schedulers/sigma_scheduler.h"

namespace veneer::schedulers {
namespace {

class EulerAncestral final : public SigmaScheduler {
 public:
  EulerAncestral(ConfigReader& config, int num_inference_steps) {
    const std::vector<float> alphas = read_alphas_cumprod(config, {.zero_snr = ZeroSnr::nearly_zero});
    const TimestepRule rule = read_timestep_rule(config, "linspace", static_cast<int>(alphas.size()));
    prediction_ = read_prediction_of_noise(config);
    check_num_inference_steps(num_inference_steps, rule.num_train_timesteps);
    const SigmaSchedule schedule =
        make_sigma_schedule(rule, SigmaSpacing::timesteps, {}, training_sigmas(alphas), num_inference_steps);
    timesteps_ = to_float(schedule.timesteps);
    sigmas_ = to_float(schedule.sigmas);
    sigmas_.push_back(0.0F);
    set_init_noise_sigma(rule.spacing);
  }

 private:
  void advance(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents,
               NoiseSource& noise) override {
    const float sigma = sigmas_[step_index];
    const float to = sigmas_[step_index + 1];
    const float up = std::sqrt(to * to * (sigma * sigma - to * to) / (sigma * sigma));
    const float down = std::sqrt(to * to - up * up);
    const float dt = down - sigma;
    fresh_.resize(latents.size());
    noise.fill_normal(fresh_);  // also before the last step, which adds none of it: so does diffusers
    for (std::size_t i = 0; i < latents.size(); ++i) {
      const float x = latents[i];
      const float derivative = (x - predict_x0(prediction_, sigma, x, noise_pred[i])) / sigma;
      latents[i] = x + derivative * dt + fresh_[i] * up;
    }
  }

  Prediction prediction_ = Prediction::epsilon;
  std::vector<float> fresh_;
};

}  // namespace

std::unique_ptr<Scheduler> make_euler_ancestral(ConfigReader& config, const ScheduleRequest& request) {
  return std::make_unique<EulerAncestral>(config, request.num_inference_steps);
}

}  // namespace veneer::schedulers
