// DPM-Solver++ in the formulation of EDM: diffusers' EDMDPMSolverMultistepScheduler with algorithm_type dpmsolver++.
#include "schedulers/dpm_steps.h"
#include "schedulers/edm.h"
#include "schedulers/members.h"

namespace veneer::schedulers {
namespace {

class EdmDpmSolver final : public EdmScheduler {
 public:
  EdmDpmSolver(ConfigReader& config, int num_inference_steps)
      : EdmScheduler(config, num_inference_steps, KarrasType::float32), steps_(config, final_sigma_) {
    config.require("thresholding", false);
    refuse_empty_last_step();
    for (const float sigma : sigmas_) levels_.push_back(exploding_level(sigma));
  }

 private:
  void advance(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents,
               NoiseSource& /*noise*/) override {
    x0_.resize(latents.size());
    for (std::size_t i = 0; i < x0_.size(); ++i) x0_[i] = predict_x0(sigmas_[step_index], latents[i], noise_pred[i]);
    steps_.advance(levels_, step_index, x0_, latents);
  }

  /// Where the last sigma is sigma_min twice, the step between them is empty, which only order 1 can divide by;
  /// diffusers returns NaN.
  void refuse_empty_last_step() const {
    if (final_sigma_ == FinalSigma::zero || steps_.order_of(timesteps_.size() - 1, timesteps_.size()) == 1) return;
    ConfigReader::unsupported("final_sigmas_type", "zero where the last step is not of order 1 (euler_at_final)",
                              "sigma_min");
  }

  DpmSteps steps_;
  std::vector<SolverLevel> levels_;
  std::vector<float> x0_;
};

}  // namespace

std::unique_ptr<Scheduler> make_edm_dpmpp_2m(ConfigReader& config, const ScheduleRequest& request) {
  return std::make_unique<EdmDpmSolver>(config, request.num_inference_steps);
}

}  // namespace veneer::schedulers
