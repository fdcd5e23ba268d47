// The schedulers, one function a file. Each reads its fields from the configuration, refuses what it cannot do, and
// is then set to the request. Internal to src/schedulers: make_scheduler chooses among them.
#pragma once

#include <memory>

#include "schedulers/config.h"
#include "schedulers/scheduler.h"

namespace veneer::schedulers {

std::unique_ptr<Scheduler> make_ddim(ConfigReader& config, const ScheduleRequest& request);
std::unique_ptr<Scheduler> make_pndm(ConfigReader& config, const ScheduleRequest& request);
std::unique_ptr<Scheduler> make_euler(ConfigReader& config, const ScheduleRequest& request);
std::unique_ptr<Scheduler> make_euler_ancestral(ConfigReader& config, const ScheduleRequest& request);
std::unique_ptr<Scheduler> make_heun(ConfigReader& config, const ScheduleRequest& request);
std::unique_ptr<Scheduler> make_lms(ConfigReader& config, const ScheduleRequest& request);
std::unique_ptr<Scheduler> make_dpmpp_2m(ConfigReader& config, const ScheduleRequest& request);
std::unique_ptr<Scheduler> make_unipc(ConfigReader& config, const ScheduleRequest& request);
std::unique_ptr<Scheduler> make_lcm(ConfigReader& config, const ScheduleRequest& request);
std::unique_ptr<Scheduler> make_edm_euler(ConfigReader& config, const ScheduleRequest& request);
std::unique_ptr<Scheduler> make_edm_dpmpp_2m(ConfigReader& config, const ScheduleRequest& request);
std::unique_ptr<Scheduler> make_flow_match_euler(ConfigReader& config, const ScheduleRequest& request);
std::unique_ptr<Scheduler> make_flow_match_heun(ConfigReader& config, const ScheduleRequest& request);
std::unique_ptr<Scheduler> make_flow_match_lcm(ConfigReader& config, const ScheduleRequest& request);

}  // namespace veneer::schedulers
