// DDIM (arXiv 2010.02502), deterministic: eta = 0, as StableDiffusionPipeline calls it.
#include <algorithm>
#include <cmath>

#include "schedulers/alpha_schedule.h"
#include "schedulers/members.h"

namespace veneer::schedulers {
namespace {

class Ddim final : public Scheduler {
 public:
  Ddim(ConfigReader& config, int num_inference_steps)
      : alphas_(config, {.zero_snr = ZeroSnr::exact}, FinalAlpha::one), prediction_(read_prediction(config)) {
    const TimestepRule rule = read_timestep_rule(config, "leading", alphas_.num_train_timesteps());
    config.require("thresholding", false);
    clip_range_ = read_clip_range(config, ClipByDefault::yes);
    check_num_inference_steps(num_inference_steps, rule.num_train_timesteps);
    stride_ = rule.num_train_timesteps / num_inference_steps;
    std::vector<double> timesteps = spaced_timesteps(rule, num_inference_steps);
    round_timesteps(timesteps);
    alphas_.check_timesteps(timesteps);
    timesteps_ = to_float(timesteps);
  }

 private:
  void advance(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents,
               NoiseSource& /*noise*/) override {
    const int timestep = static_cast<int>(timesteps_[step_index]);
    const float alpha = alphas_.at(timestep);
    const float alpha_prev = alphas_.at(timestep - stride_);
    const float root_alpha = std::sqrt(alpha);
    const float root_beta = std::sqrt(1.0F - alpha);
    const float root_alpha_prev = std::sqrt(alpha_prev);
    const float root_beta_prev = std::sqrt(1.0F - alpha_prev);
    for (std::size_t i = 0; i < latents.size(); ++i) {
      const float x = latents[i];
      const float out = noise_pred[i];
      float x0 = out;  // formula (12): the predicted x_0 and the direction to x_t
      float epsilon = out;
      switch (prediction_) {
        case Prediction::epsilon:
          x0 = (x - root_beta * out) / root_alpha;
          break;
        case Prediction::sample:
          epsilon = (x - root_alpha * out) / root_beta;
          break;
        case Prediction::v_prediction:
          x0 = root_alpha * x - root_beta * out;
          epsilon = root_alpha * out + root_beta * x;
          break;
      }
      latents[i] = root_alpha_prev * std::clamp(x0, -clip_range_, clip_range_) + root_beta_prev * epsilon;
    }
  }

  [[nodiscard]] NoiseLevel noise_level(std::size_t step_index) const override {
    const float alpha = alphas_.at(static_cast<int>(timesteps_[step_index]));
    return {.signal = std::sqrt(alpha), .noise = std::sqrt(1.0F - alpha)};
  }

  AlphaSchedule alphas_;
  Prediction prediction_;
  float clip_range_ = 0;
  int stride_ = 0;  ///< training timesteps between two steps
};

}  // namespace

std::unique_ptr<Scheduler> make_ddim(ConfigReader& config, const ScheduleRequest& request) {
  return std::make_unique<Ddim>(config, request.num_inference_steps);
}

}  // namespace veneer::schedulers
