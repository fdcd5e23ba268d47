// Euler's method on straight paths (arXiv 2403.03206), and latent consistency there: predict x_0 at once, then noise it
// to the next sigma. diffusers' FlowMatchEulerDiscreteScheduler and FlowMatchLCMScheduler, which is the same schedule
// and the other step.
#include "schedulers/flow_schedule.h"
#include "schedulers/members.h"

namespace veneer::schedulers {
namespace {

enum class Step { euler, consistency };

class FlowMatch final : public FlowScheduler {
 public:
  FlowMatch(ConfigReader& config, const ScheduleRequest& request, Step step) : step_(step) {
    FlowSchedule schedule = read_flow_schedule(config, request);
    timesteps_ = std::move(schedule.timesteps);
    sigmas_ = std::move(schedule.sigmas);
    sigmas_.push_back(0.0F);
  }

 private:
  void advance(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents,
               NoiseSource& noise) override {
    const float sigma = sigmas_[step_index];
    const float to = sigmas_[step_index + 1];
    if (step_ == Step::euler) {
      for (std::size_t i = 0; i < latents.size(); ++i) latents[i] += (to - sigma) * noise_pred[i];
      return;
    }
    fresh_.resize(latents.size());
    noise.fill_normal(fresh_);  // also before the last step, which adds none of it: so does diffusers
    for (std::size_t i = 0; i < latents.size(); ++i)
      latents[i] = (1.0F - to) * (latents[i] - sigma * noise_pred[i]) + to * fresh_[i];
  }

  Step step_;
  std::vector<float> fresh_;
};

}  // namespace

std::unique_ptr<Scheduler> make_flow_match_euler(ConfigReader& config, const ScheduleRequest& request) {
  const bool stochastic = config.flag("stochastic_sampling", false);
  return std::make_unique<FlowMatch>(config, request, stochastic ? Step::consistency : Step::euler);
}

std::unique_ptr<Scheduler> make_flow_match_lcm(ConfigReader& config, const ScheduleRequest& request) {
  config.require("scale_factors", nullptr);
  return std::make_unique<FlowMatch>(config, request, Step::consistency);
}

}  // namespace veneer::schedulers
