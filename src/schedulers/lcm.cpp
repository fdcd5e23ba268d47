// Latent consistency models (arXiv 2310.04378): predict x_0 at once, then noise it to the next timestep.
// diffusers' LCMScheduler. timestep_spacing and steps_offset have no effect, there or here.
#include <algorithm>
#include <cmath>

#include "schedulers/alpha_schedule.h"
#include "schedulers/members.h"

namespace veneer::schedulers {
namespace {

/// Every `skip`-th of the timesteps that the model was distilled on, from the highest down.
std::vector<double> lcm_timesteps(int num_train_timesteps, int original_steps, int count) {
  const int k = num_train_timesteps / original_steps;
  std::vector<double> timesteps;
  for (int i = 0; i < count; ++i) {
    // numpy.linspace(0, original_steps, count, endpoint=False), rounded down, into the reversed list.
    const auto index = static_cast<int>(std::floor(i * (static_cast<double>(original_steps) / count)));
    timesteps.push_back((original_steps - index) * k - 1);
  }
  return timesteps;
}

class Lcm final : public Scheduler {
 public:
  Lcm(ConfigReader& config, int num_inference_steps)
      : alphas_(config, {.start = 0.00085, .end = 0.012, .schedule = "scaled_linear", .zero_snr = ZeroSnr::exact},
                FinalAlpha::one),
        prediction_(read_prediction(config)) {
    const int train = alphas_.num_train_timesteps();
    const int original_steps = config.integer("original_inference_steps", 50, 1);
    if (original_steps > train)
      fail(ErrorCode::corrupt_file, "{}: original_inference_steps: expected 1..{}, got {}", kConfigFile, train,
           original_steps);
    config.require("thresholding", false);
    clip_range_ = read_clip_range(config, ClipByDefault::no);
    timestep_scaling_ = static_cast<float>(config.number("timestep_scaling", 10.0));
    check_num_inference_steps(num_inference_steps, original_steps);
    timesteps_ = to_float(lcm_timesteps(train, original_steps, num_inference_steps));
  }

 private:
  void advance(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents,
               NoiseSource& noise) override {
    const bool last = step_index + 1 == timesteps_.size();
    const float timestep = timesteps_[step_index];
    const float alpha = alphas_.at(static_cast<int>(timestep));
    const float alpha_next = last ? alpha : alphas_.at(static_cast<int>(timesteps_[step_index + 1]));
    constexpr float kDataVariance = 0.25F;  // sigma_data = 0.5
    const float scaled = timestep * timestep_scaling_;
    const float skip = kDataVariance / (scaled * scaled + kDataVariance);
    const float out = scaled / std::sqrt(scaled * scaled + kDataVariance);
    for (std::size_t i = 0; i < latents.size(); ++i) {
      const float x0 = std::clamp(predict_x0(alpha, latents[i], noise_pred[i]), -clip_range_, clip_range_);
      latents[i] = out * x0 + skip * latents[i];
    }
    if (last) return;
    fresh_.resize(latents.size());
    noise.fill_normal(fresh_);
    const float signal = std::sqrt(alpha_next);
    const float noise_factor = std::sqrt(1.0F - alpha_next);
    for (std::size_t i = 0; i < latents.size(); ++i) latents[i] = signal * latents[i] + noise_factor * fresh_[i];
  }

  [[nodiscard]] float predict_x0(float alpha, float x, float out) const {
    const float root_alpha = std::sqrt(alpha);
    const float root_beta = std::sqrt(1.0F - alpha);
    if (prediction_ == Prediction::epsilon) return (x - root_beta * out) / root_alpha;
    if (prediction_ == Prediction::v_prediction) return root_alpha * x - root_beta * out;
    return out;
  }

  [[nodiscard]] NoiseLevel noise_level(std::size_t step_index) const override {
    const float alpha = alphas_.at(static_cast<int>(timesteps_[step_index]));
    return {.signal = std::sqrt(alpha), .noise = std::sqrt(1.0F - alpha)};
  }

  AlphaSchedule alphas_;
  Prediction prediction_;
  float clip_range_ = 0;
  float timestep_scaling_ = 0;
  std::vector<float> fresh_;
};

}  // namespace

std::unique_ptr<Scheduler> make_lcm(ConfigReader& config, const ScheduleRequest& request) {
  return std::make_unique<Lcm>(config, request.num_inference_steps);
}

}  // namespace veneer::schedulers
