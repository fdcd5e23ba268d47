// Euler's method in the formulation of EDM: diffusers' EDMEulerScheduler.
#include "schedulers/edm.h"
#include "schedulers/members.h"

namespace veneer::schedulers {
namespace {

class EdmEuler final : public EdmScheduler {
 public:
  EdmEuler(ConfigReader& config, int num_inference_steps)
      : EdmScheduler(config, num_inference_steps, KarrasType::float64) {
    if (final_sigma_ == FinalSigma::sigma_min) sigmas_.back() = sigmas_[sigmas_.size() - 2];
  }

 private:
  void advance(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents,
               NoiseSource& /*noise*/) override {
    const float sigma = sigmas_[step_index];
    const float dt = sigmas_[step_index + 1] - sigma;
    for (std::size_t i = 0; i < latents.size(); ++i)
      latents[i] += (latents[i] - predict_x0(sigma, latents[i], noise_pred[i])) / sigma * dt;
  }
};

}  // namespace

std::unique_ptr<Scheduler> make_edm_euler(ConfigReader& config, const ScheduleRequest& request) {
  return std::make_unique<EdmEuler>(config, request.num_inference_steps);
}

}  // namespace veneer::schedulers
