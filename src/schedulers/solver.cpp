#include "schedulers/solver.h"

#include <algorithm>

namespace veneer::schedulers {

SolverOrder read_solver_order(ConfigReader& config) {
  constexpr int kMaxOrder = 3;
  const int order = config.integer("solver_order", 2, 1);
  if (order > kMaxOrder) ConfigReader::unsupported("solver_order", "1, 2 or 3", order);
  return {.order = static_cast<std::size_t>(order), .lower_at_end = config.flag("lower_order_final", true)};
}

void Predictions::remember(std::vector<float>& x0) {
  if (newest_first_.size() < capacity_) newest_first_.emplace_back();
  std::ranges::rotate(newest_first_, newest_first_.end() - 1);
  newest_first_.front().swap(x0);
}

SolverScheduler::SolverScheduler(ConfigReader& config)
    : alphas_cumprod_(read_alphas_cumprod(config, {.zero_snr = ZeroSnr::nearly_zero})) {
  training_sigmas_ = training_sigmas(alphas_cumprod_);
  rule_ = read_timestep_rule(config, "linspace", static_cast<int>(alphas_cumprod_.size()));
  spacing_ = read_sigma_spacing(config);
  final_sigma_ = read_final_sigma(config);
  prediction_ = read_prediction(config);
  config.require("thresholding", false);
  config.require("use_flow_sigmas", false);
  config.require("use_dynamic_shifting", false);
}

void SolverScheduler::predict_x0(std::span<const float> noise_pred, std::size_t step_index,
                                 std::span<const float> latents, std::vector<float>& x0) const {
  const SolverLevel now = level(step_index);
  x0.resize(latents.size());
  for (std::size_t i = 0; i < x0.size(); ++i) {
    switch (prediction_) {
      case Prediction::epsilon:
        x0[i] = (latents[i] - now.sigma * noise_pred[i]) / now.alpha;
        break;
      case Prediction::v_prediction:
        x0[i] = now.alpha * latents[i] - now.sigma * noise_pred[i];
        break;
      case Prediction::sample:
        x0[i] = noise_pred[i];
        break;
    }
  }
}

}  // namespace veneer::schedulers
