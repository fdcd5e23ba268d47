// The products of (1 - beta) as ddim, pndm and lcm look them up by timestep. Internal to src/schedulers; immutable.
#pragma once

#include <span>
#include <vector>

#include "schedulers/config.h"
#include "schedulers/schedule.h"

namespace veneer::schedulers {

/// What stands behind the last step, unless set_alpha_to_one says: 1, or the product of the first training timestep.
enum class FinalAlpha { first, one };

class AlphaSchedule {
 public:
  /// Reads what read_alphas_cumprod reads, and set_alpha_to_one.
  AlphaSchedule(ConfigReader& config, const BetaDefaults& betas, FinalAlpha by_default);

  [[nodiscard]] int num_train_timesteps() const { return static_cast<int>(alphas_cumprod_.size()); }

  /// At a training timestep; a negative one lies behind the last step. timestep < num_train_timesteps().
  [[nodiscard]] float at(int timestep) const {
    return timestep < 0 ? final_alpha_ : alphas_cumprod_.at(static_cast<std::size_t>(timestep));
  }

  /// Throws invalid_argument if one lies beyond the training schedule: steps_offset can push it there.
  void check_timesteps(std::span<const double> timesteps) const;

 private:
  std::vector<float> alphas_cumprod_;
  float final_alpha_;
};

}  // namespace veneer::schedulers
