// DPM-Solver++ over a beta schedule: diffusers' DPMSolverMultistepScheduler with algorithm_type dpmsolver++.
#include <algorithm>
#include <cmath>
#include <limits>

#include "schedulers/dpm_steps.h"
#include "schedulers/members.h"

namespace veneer::schedulers {
namespace {

class DpmSolver final : public SolverScheduler {
 public:
  DpmSolver(ConfigReader& config, int num_inference_steps) : SolverScheduler(config), steps_(config, final_sigma_) {
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
    for (std::size_t i = 0; i < sigmas_.size(); ++i) levels_.push_back(level(i));
  }

  void advance(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents,
               NoiseSource& /*noise*/) override {
    predict_x0(noise_pred, step_index, latents, x0_);
    steps_.advance(levels_, step_index, x0_, latents);
  }

  DpmSteps steps_;
  std::vector<SolverLevel> levels_;
  std::vector<float> x0_;
};

}  // namespace

std::unique_ptr<Scheduler> make_dpmpp_2m(ConfigReader& config, const ScheduleRequest& request) {
  return std::make_unique<DpmSolver>(config, request.num_inference_steps);
}

}  // namespace veneer::schedulers
