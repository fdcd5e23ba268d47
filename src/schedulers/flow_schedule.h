// What the flow-match schedulers share: latents on a straight line, x = (1 - sigma) * x_0 + sigma * noise, a model that
// answers noise - x_0, and the shifted sigmas. Internal to src/schedulers.
#pragma once

#include "schedulers/schedule.h"
#include "schedulers/scheduler.h"

namespace veneer::schedulers {

class FlowScheduler : public Scheduler {
 private:
  [[nodiscard]] NoiseLevel noise_level(std::size_t step_index) const override {
    return {.signal = 1.0F - sigmas_[step_index], .noise = sigmas_[step_index]};
  }
};

/// One a step, the final zero left out.
struct FlowSchedule {
  std::vector<float> timesteps;
  std::vector<float> sigmas;
};

/// Reads num_train_timesteps and shift: the schedule of flow_match_heun.
FlowSchedule read_shifted_schedule(ConfigReader& config, const ScheduleRequest& request);

/// Reads also the dynamic shifting, shift_terminal and the respaced sigmas of flow_match_euler and flow_match_lcm.
FlowSchedule read_flow_schedule(ConfigReader& config, const ScheduleRequest& request);

}  // namespace veneer::schedulers
