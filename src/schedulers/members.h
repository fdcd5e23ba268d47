// The schedulers, one function a file. Each reads its fields from the configuration, refuses what it cannot do, and
// is then set to num_inference_steps. Internal to src/schedulers: make_scheduler chooses among them.
#pragma once

#include <memory>

#include "schedulers/config.h"
#include "schedulers/scheduler.h"

namespace veneer::schedulers {

std::unique_ptr<Scheduler> make_ddim(ConfigReader& config, int num_inference_steps);
std::unique_ptr<Scheduler> make_pndm(ConfigReader& config, int num_inference_steps);
std::unique_ptr<Scheduler> make_euler(ConfigReader& config, int num_inference_steps);
std::unique_ptr<Scheduler> make_euler_ancestral(ConfigReader& config, int num_inference_steps);
std::unique_ptr<Scheduler> make_heun(ConfigReader& config, int num_inference_steps);
std::unique_ptr<Scheduler> make_lms(ConfigReader& config, int num_inference_steps);
std::unique_ptr<Scheduler> make_dpmpp_2m(ConfigReader& config, int num_inference_steps);
std::unique_ptr<Scheduler> make_unipc(ConfigReader& config, int num_inference_steps);
std::unique_ptr<Scheduler> make_lcm(ConfigReader& config, int num_inference_steps);

}  // namespace veneer::schedulers
