// Linear multistep of order four in sigma (Katherine Crowson's): diffusers' LMSDiscreteScheduler.
#include <algorithm>
#include <cmath>

#include "schedulers/members.h"
#include "schedulers/sigma_scheduler.h"

namespace veneer::schedulers {
namespace {

constexpr std::size_t kOrder = 4;

class Lms final : public SigmaScheduler {
 public:
  Lms(ConfigReader& config, int num_inference_steps) {
    const std::vector<float> alphas = read_alphas_cumprod(config, {});
    const TimestepRule rule = read_timestep_rule(config, "linspace", static_cast<int>(alphas.size()));
    const SigmaSpacing spacing = read_sigma_spacing(config);
    prediction_ = read_prediction(config);
    check_num_inference_steps(num_inference_steps, rule.num_train_timesteps);
    const SigmaSchedule schedule = make_sigma_schedule(rule, spacing, {}, training_sigmas(alphas), num_inference_steps);
    timesteps_ = to_float(schedule.timesteps);
    sigmas_ = to_float(schedule.sigmas);
    sigmas_.push_back(0.0F);
    set_init_noise_sigma(rule.spacing);
  }

 private:
  void advance(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents,
               NoiseSource& /*noise*/) override {
    const float sigma = sigmas_[step_index];
    if (slopes_.size() == kOrder) slopes_.pop_back();
    std::vector<float>& newest = *slopes_.emplace(slopes_.begin(), latents.size());
    for (std::size_t i = 0; i < latents.size(); ++i)
      newest[i] = (latents[i] - predict_x0(prediction_, sigma, latents[i], noise_pred[i])) / sigma;

    const std::size_t order = std::min(step_index + 1, kOrder);
    float factors[kOrder] = {};
    for (std::size_t k = 0; k < order; ++k) factors[k] = static_cast<float>(coefficient(order, step_index, k));
    // A run that starts late has fewer slopes than the order asks for; diffusers leaves out what is missing.
    const std::size_t known = std::min(order, slopes_.size());
    for (std::size_t i = 0; i < latents.size(); ++i) {
      float sum = 0;
      for (std::size_t k = 0; k < known; ++k) sum += factors[k] * slopes_[k][i];
      latents[i] = latents[i] + sum;
    }
  }

  /// The integral of a Lagrange basis polynomial over the step. diffusers integrates numerically; Gauss' rule with
  /// two points is exact for these polynomials, whose degree is at most three.
  [[nodiscard]] double coefficient(std::size_t order, std::size_t step, std::size_t current) const {
    const auto sigma = [&](std::size_t i) { return static_cast<double>(sigmas_[i]); };
    const auto basis = [&](double tau) {
      double product = 1.0;
      for (std::size_t k = 0; k < order; ++k)
        if (k != current) product *= (tau - sigma(step - k)) / (sigma(step - current) - sigma(step - k));
      return product;
    };
    const double middle = (sigma(step) + sigma(step + 1)) / 2;
    const double half = (sigma(step + 1) - sigma(step)) / 2;
    const double offset = half / std::sqrt(3.0);
    return half * (basis(middle - offset) + basis(middle + offset));
  }

  Prediction prediction_ = Prediction::epsilon;
  std::vector<std::vector<float>> slopes_;  ///< newest first
};

}  // namespace

std::unique_ptr<Scheduler> make_lms(ConfigReader& config, const ScheduleRequest& request) {
  return std::make_unique<Lms>(config, request.num_inference_steps);
}

}  // namespace veneer::schedulers
