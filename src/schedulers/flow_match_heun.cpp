// Heun's method on straight paths: diffusers' FlowMatchHeunDiscreteScheduler.
#include "schedulers/flow_schedule.h"
#include "schedulers/heun_step.h"
#include "schedulers/members.h"

namespace veneer::schedulers {
namespace {

class FlowMatchHeun final : public FlowScheduler {
 public:
  FlowMatchHeun(ConfigReader& config, const ScheduleRequest& request) {
    const FlowSchedule schedule = read_shifted_schedule(config, request);
    timesteps_ = doubled(schedule.timesteps);
    sigmas_ = doubled(schedule.sigmas);
    sigmas_.push_back(0.0F);
  }

  [[nodiscard]] bool may_start_at(std::size_t step_index) const override {
    return step_index < timesteps_.size() && HeunStep::begins_at(step_index);
  }

 private:
  void advance(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents,
               NoiseSource& /*noise*/) override {
    // By way of x_0, as diffusers: at small sigmas that loses bits of the velocity, and pictures should be the same.
    step_.advance(sigmas_, step_index, noise_pred, latents, [](float sigma, float x, float velocity) {
      const float x0 = x - velocity * sigma;
      return (x - x0) / sigma;
    });
  }

  HeunStep step_;
};

}  // namespace

std::unique_ptr<Scheduler> make_flow_match_heun(ConfigReader& config, const ScheduleRequest& request) {
  return std::make_unique<FlowMatchHeun>(config, request);
}

}  // namespace veneer::schedulers
