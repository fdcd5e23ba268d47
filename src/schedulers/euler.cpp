// Euler's method (Karras et al., arXiv 2206.00364, algorithm 2 without churn): diffusers' EulerDiscreteScheduler.
#include <cmath>

#include "schedulers/members.h"
#include "schedulers/sigma_scheduler.h"

namespace veneer::schedulers {
namespace {

class Euler final : public SigmaScheduler {
 public:
  Euler(ConfigReader& config, int num_inference_steps) {
    const std::vector<float> alphas = read_alphas_cumprod(config, {.zero_snr = ZeroSnr::nearly_zero});
    const std::vector<float> training = training_sigmas(alphas);
    const TimestepRule rule = read_timestep_rule(config, "linspace", static_cast<int>(alphas.size()));
    const SigmaSpacing spacing = read_sigma_spacing(config);
    const SigmaRange range{.min = config.optional_number("sigma_min"), .max = config.optional_number("sigma_max")};
    const FinalSigma final_sigma = read_final_sigma(config);
    config.require("interpolation_type", "linear");
    prediction_ = read_prediction(config);
    constexpr ConfigReader::Choice kTypes[] = {{"discrete", 0}, {"continuous", 1}};
    const bool continuous = config.choice("timestep_type", "discrete", kTypes) == 1;

    check_num_inference_steps(num_inference_steps, rule.num_train_timesteps);
    const SigmaSchedule schedule = make_sigma_schedule(rule, spacing, range, training, num_inference_steps);
    sigmas_ = to_float(schedule.sigmas);
    sigmas_.push_back(final_sigma == FinalSigma::zero ? 0.0F : training.front());
    timesteps_ = to_float(schedule.timesteps);
    if (continuous && prediction_ == Prediction::v_prediction)
      for (std::size_t i = 0; i < timesteps_.size(); ++i) timesteps_[i] = 0.25F * std::log(sigmas_[i]);
    set_init_noise_sigma(rule.spacing);
  }

 private:
  void advance(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents,
               NoiseSource& /*noise*/) override {
    const float sigma = sigmas_[step_index];
    const float dt = sigmas_[step_index + 1] - sigma;
    for (std::size_t i = 0; i < latents.size(); ++i) {
      const float x = latents[i];
      const float derivative = (x - predict_x0(prediction_, sigma, x, noise_pred[i])) / sigma;
      latents[i] = x + derivative * dt;
    }
  }

  Prediction prediction_ = Prediction::epsilon;
};

}  // namespace

std::unique_ptr<Scheduler> make_euler(ConfigReader& config, const ScheduleRequest& request) {
  return std::make_unique<Euler>(config, request.num_inference_steps);
}

}  // namespace veneer::schedulers
