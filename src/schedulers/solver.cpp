#include "schedulers/solver.h"

#include <algorithm>

namespace veneer::schedulers {

SolverScheduler::SolverScheduler(ConfigReader& config)
    : alphas_cumprod_(read_alphas_cumprod(config, {.zero_snr = ZeroSnr::nearly_zero})) {
  training_sigmas_ = training_sigmas(alphas_cumprod_);
  rule_ = read_timestep_rule(config, "linspace", static_cast<int>(alphas_cumprod_.size()));
  spacing_ = read_sigma_spacing(config);
  final_sigma_ = read_final_sigma(config);
  prediction_ = read_prediction(config);
  constexpr int kMaxOrder = 3;
  const int order = config.integer("solver_order", 2, 1);
  if (order > kMaxOrder) ConfigReader::unsupported("solver_order", "1, 2 or 3", order);
  solver_order_ = static_cast<std::size_t>(order);
  lower_order_final_ = config.flag("lower_order_final", true);
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

void SolverScheduler::remember(std::vector<float>& x0) {
  if (history_.size() < solver_order_) history_.emplace_back();
  std::ranges::rotate(history_, history_.end() - 1);
  history_.front().swap(x0);
}

}  // namespace veneer::schedulers
