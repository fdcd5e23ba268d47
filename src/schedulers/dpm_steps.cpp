#include "schedulers/dpm_steps.h"

#include <algorithm>
#include <cmath>

namespace veneer::schedulers {

DpmSteps::DpmSteps(ConfigReader& config, FinalSigma final_sigma)
    : final_sigma_(final_sigma), solver_(read_solver_order(config)), known_(solver_.order) {
  // Other families' words, which diffusers maps to its own here so that from_config works.
  constexpr ConfigReader::Choice kAlgorithms[] = {{"dpmsolver++", 0}, {"deis", 0}};
  constexpr ConfigReader::Choice kTypes[] = {{"midpoint", static_cast<int>(SolverType::midpoint)},
                                             {"heun", static_cast<int>(SolverType::heun)},
                                             {"logrho", static_cast<int>(SolverType::midpoint)},
                                             {"bh1", static_cast<int>(SolverType::midpoint)},
                                             {"bh2", static_cast<int>(SolverType::midpoint)}};
  config.choice("algorithm_type", "dpmsolver++", kAlgorithms);
  solver_type_ = static_cast<SolverType>(config.choice("solver_type", "midpoint", kTypes));
  euler_at_final_ = config.flag("euler_at_final", false);
}

void DpmSteps::advance(std::span<const SolverLevel> levels, std::size_t step_index, std::vector<float>& x0,
                       std::span<float> latents) {
  known_.remember(x0);
  // A run that starts late knows fewer predictions than its step would take.
  const std::size_t order = std::min(order_of(step_index, levels.size() - 1), num_known_ + 1);
  const SolverLevel* from = &levels[step_index];
  if (order == 1) first_order(from, latents);
  if (order == 2) second_order(from, latents);
  if (order == 3) third_order(from, latents);
  ++num_known_;
}

std::size_t DpmSteps::order_of(std::size_t step_index, std::size_t num_steps) const {
  const bool few_steps = solver_.lower_at_end && num_steps < 15;
  const bool last = step_index + 1 == num_steps;
  if (last && (euler_at_final_ || few_steps || final_sigma_ == FinalSigma::zero)) return 1;
  const std::size_t known = std::min(solver_.order, step_index + 1);
  return step_index + 2 == num_steps && few_steps ? std::min<std::size_t>(known, 2) : known;
}

void DpmSteps::first_order(const SolverLevel* from, std::span<float> latents) const {
  const SolverLevel& to = from[1];
  const float decay = std::exp(-(to.lambda - from->lambda)) - 1.0F;
  const std::span<const float> x0 = known_[0];
  for (std::size_t i = 0; i < latents.size(); ++i)
    latents[i] = to.sigma / from->sigma * latents[i] - to.alpha * decay * x0[i];
}

void DpmSteps::second_order(const SolverLevel* from, std::span<float> latents) const {
  const SolverLevel& to = from[1];
  const float h = to.lambda - from->lambda;
  const float r0 = (from->lambda - from[-1].lambda) / h;
  const float decay = std::exp(-h) - 1.0F;
  const float d1_factor =
      solver_type_ == SolverType::midpoint ? -(0.5F * (to.alpha * decay)) : to.alpha * (decay / h + 1.0F);
  for (std::size_t i = 0; i < latents.size(); ++i) {
    const float d0 = known_[0][i];
    const float d1 = 1.0F / r0 * (d0 - known_[1][i]);
    latents[i] = to.sigma / from->sigma * latents[i] - to.alpha * decay * d0 + d1_factor * d1;
  }
}

void DpmSteps::third_order(const SolverLevel* from, std::span<float> latents) const {
  const SolverLevel& to = from[1];
  const float before = from[-1].lambda;
  const float h = to.lambda - from->lambda;
  const float r0 = (from->lambda - before) / h;
  const float r1 = (before - from[-2].lambda) / h;
  const float decay = std::exp(-h) - 1.0F;
  const float d1_factor = to.alpha * (decay / h + 1.0F);
  const float d2_factor = to.alpha * ((decay + h) / (h * h) - 0.5F);
  for (std::size_t i = 0; i < latents.size(); ++i) {
    const float d0 = known_[0][i];
    const float d1_0 = 1.0F / r0 * (d0 - known_[1][i]);
    const float d1_1 = 1.0F / r1 * (known_[1][i] - known_[2][i]);
    const float d1 = d1_0 + r0 / (r0 + r1) * (d1_0 - d1_1);
    const float d2 = 1.0F / (r0 + r1) * (d1_0 - d1_1);
    latents[i] = to.sigma / from->sigma * latents[i] - to.alpha * decay * d0 + d1_factor * d1 - d2_factor * d2;
  }
}

}  // namespace veneer::schedulers
