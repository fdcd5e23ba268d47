// DPM-Solver++ multistep (arXiv 2211.01095), orders 1 to 3, deterministic: diffusers' DPMSolverMultistepScheduler with
// algorithm_type dpmsolver++.
#include <algorithm>
#include <cmath>
#include <limits>

#include "schedulers/members.h"
#include "schedulers/solver.h"

namespace veneer::schedulers {
namespace {

enum class SolverType { midpoint, heun };

class DpmSolver final : public SolverScheduler {
 public:
  DpmSolver(ConfigReader& config, int num_inference_steps) : SolverScheduler(config) {
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
    config.require("use_lu_lambdas", false);
    config.require("variance_type", nullptr);
    const double lambda_min = config.number("lambda_min_clipped", -std::numeric_limits<double>::infinity());
    const bool cosine = config.text("beta_schedule", "linear") == "squaredcos_cap_v2";
    check_num_inference_steps(num_inference_steps, rule_.num_train_timesteps);
    set_timesteps(num_inference_steps, last_timestep(lambda_min), cosine);
  }

 private:
  /// How much of the training schedule is left where log signal-to-noise is clipped from below.
  [[nodiscard]] int last_timestep(double lambda_min) const {
    const auto clipped = [&](float alpha_cumprod) {
      const float lambda = std::log(std::sqrt(alpha_cumprod)) - std::log(std::sqrt(1.0F - alpha_cumprod));
      return lambda < static_cast<float>(lambda_min);
    };
    const auto left = rule_.num_train_timesteps - static_cast<int>(std::ranges::count_if(alphas_cumprod_, clipped));
    if (left < 1)
      fail(ErrorCode::invalid_argument, "{}: lambda_min_clipped: expected some of the schedule to remain, got {}",
           kConfigFile, lambda_min);
    return left;
  }

  void set_timesteps(int num_inference_steps, int end, bool fractional) {
    std::vector<double> timesteps = solver_timesteps(rule_, num_inference_steps, end);
    std::vector<double> sigmas = sigmas_at(timesteps, training_sigmas_);
    if (spacing_ != SigmaSpacing::timesteps) {
      sigmas = respaced_sigmas(spacing_, static_cast<double>(training_sigmas_.back()),
                               static_cast<double>(training_sigmas_.front()), num_inference_steps);
      timesteps = timesteps_of(sigmas, training_sigmas_);
      if (spacing_ == SigmaSpacing::karras && !fractional) round_timesteps(timesteps);
    }
    for (double& t : timesteps) t = std::trunc(t);  // an int64 tensor there
    timesteps_ = to_float(timesteps);
    sigmas_ = to_float(sigmas);
    sigmas_.push_back(final_sigma_ == FinalSigma::zero ? 0.0F : training_sigmas_.front());
  }

  void advance(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents,
               NoiseSource& /*noise*/) override {
    predict_x0(noise_pred, step_index, latents, x0_);
    remember(x0_);
    const std::size_t order = order_of(step_index);
    if (order == 1) first_order(step_index, latents);
    if (order == 2) second_order(step_index, latents);
    if (order == 3) third_order(step_index, latents);
    ++num_known_;
  }

  [[nodiscard]] std::size_t order_of(std::size_t step_index) const {
    const std::size_t steps = timesteps_.size();
    const bool few_steps = lower_order_final_ && steps < 15;
    const bool last = step_index + 1 == steps;
    if (last && (euler_at_final_ || few_steps || final_sigma_ == FinalSigma::zero)) return 1;
    const std::size_t known = std::min(solver_order_, num_known_ + 1);
    return step_index + 2 == steps && few_steps ? std::min<std::size_t>(known, 2) : known;
  }

  void first_order(std::size_t step_index, std::span<float> latents) const {
    const SolverLevel from = level(step_index);
    const SolverLevel to = level(step_index + 1);
    const float decay = std::exp(-(to.lambda - from.lambda)) - 1.0F;
    const std::span<const float> x0 = past(0);
    for (std::size_t i = 0; i < latents.size(); ++i)
      latents[i] = to.sigma / from.sigma * latents[i] - to.alpha * decay * x0[i];
  }

  void second_order(std::size_t step_index, std::span<float> latents) const {
    const SolverLevel from = level(step_index);
    const SolverLevel to = level(step_index + 1);
    const float h = to.lambda - from.lambda;
    const float r0 = (from.lambda - level(step_index - 1).lambda) / h;
    const float decay = std::exp(-h) - 1.0F;
    const float d1_factor =
        solver_type_ == SolverType::midpoint ? -(0.5F * (to.alpha * decay)) : to.alpha * (decay / h + 1.0F);
    for (std::size_t i = 0; i < latents.size(); ++i) {
      const float d0 = past(0)[i];
      const float d1 = 1.0F / r0 * (d0 - past(1)[i]);
      latents[i] = to.sigma / from.sigma * latents[i] - to.alpha * decay * d0 + d1_factor * d1;
    }
  }

  void third_order(std::size_t step_index, std::span<float> latents) const {
    const SolverLevel from = level(step_index);
    const SolverLevel to = level(step_index + 1);
    const float before = level(step_index - 1).lambda;
    const float h = to.lambda - from.lambda;
    const float r0 = (from.lambda - before) / h;
    const float r1 = (before - level(step_index - 2).lambda) / h;
    const float decay = std::exp(-h) - 1.0F;
    const float d1_factor = to.alpha * (decay / h + 1.0F);
    const float d2_factor = to.alpha * ((decay + h) / (h * h) - 0.5F);
    for (std::size_t i = 0; i < latents.size(); ++i) {
      const float d0 = past(0)[i];
      const float d1_0 = 1.0F / r0 * (d0 - past(1)[i]);
      const float d1_1 = 1.0F / r1 * (past(1)[i] - past(2)[i]);
      const float d1 = d1_0 + r0 / (r0 + r1) * (d1_0 - d1_1);
      const float d2 = 1.0F / (r0 + r1) * (d1_0 - d1_1);
      latents[i] = to.sigma / from.sigma * latents[i] - to.alpha * decay * d0 + d1_factor * d1 - d2_factor * d2;
    }
  }

  SolverType solver_type_ = SolverType::midpoint;
  bool euler_at_final_ = false;
  std::size_t num_known_ = 0;  ///< predictions before this step
  std::vector<float> x0_;
};

}  // namespace

std::unique_ptr<Scheduler> make_dpmpp_2m(ConfigReader& config, int num_inference_steps) {
  return std::make_unique<DpmSolver>(config, num_inference_steps);
}

}  // namespace veneer::schedulers
