// Heun's second-order method (Karras et al., arXiv 2206.00364, algorithm 1): an Euler step, then the same step again
// with the mean of both ends' slopes. Two evaluations a step, one for the last. diffusers' HeunDiscreteScheduler.
#include <algorithm>

#include "schedulers/heun_step.h"
#include "schedulers/members.h"
#include "schedulers/sigma_scheduler.h"

namespace veneer::schedulers {
namespace {

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

  [[nodiscard]] bool may_start_at(std::size_t step_index) const override {
    return step_index < timesteps_.size() && HeunStep::begins_at(step_index);
  }

 private:
  void advance(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents,
               NoiseSource& /*noise*/) override {
    step_.advance(sigmas_, step_index, noise_pred, latents, [this](float sigma, float x, float out) {
      return (x - std::clamp(predict_x0(prediction_, sigma, x, out), -clip_range_, clip_range_)) / sigma;
    });
  }

  Prediction prediction_ = Prediction::epsilon;
  float clip_range_ = 0;
  HeunStep step_;
};

}  // namespace

std::unique_ptr<Scheduler> make_heun(ConfigReader& config, const ScheduleRequest& request) {
  return std::make_unique<Heun>(config, request.num_inference_steps);
}

}  // namespace veneer::schedulers
