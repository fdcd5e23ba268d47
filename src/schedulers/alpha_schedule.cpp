#include "schedulers/alpha_schedule.h"

namespace veneer::schedulers {

AlphaSchedule::AlphaSchedule(ConfigReader& config, const BetaDefaults& betas, FinalAlpha by_default)
    : alphas_cumprod_(read_alphas_cumprod(config, betas)) {
  const bool one = config.flag("set_alpha_to_one", by_default == FinalAlpha::one);
  final_alpha_ = one ? 1.0F : alphas_cumprod_.front();
}

void AlphaSchedule::check_timesteps(std::span<const double> timesteps) const {
  for (const double t : timesteps)
    if (t >= num_train_timesteps())
      fail(ErrorCode::invalid_argument,
           "{}: steps_offset: expected timesteps below num_train_timesteps = {}, got {} with this number of steps",
           kConfigFile, num_train_timesteps(), t);
}

}  // namespace veneer::schedulers
