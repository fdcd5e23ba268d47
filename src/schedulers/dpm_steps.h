// The steps of DPM-Solver++ (arXiv 2211.01095), orders 1 to 3, deterministic. Internal to src/schedulers.
#pragma once

#include "schedulers/solver.h"

namespace veneer::schedulers {

class DpmSteps {
 public:
  /// Reads solver_order, lower_order_final, solver_type, euler_at_final and algorithm_type.
  DpmSteps(ConfigReader& config, FinalSigma final_sigma);

  /// How many predictions the step is made of, if all steps before it were made.
  [[nodiscard]] std::size_t order_of(std::size_t step_index, std::size_t num_steps) const;

  /// Moves the latents from levels[step_index] to the next, given the prediction of x_0 there, whose bytes it takes.
  /// `levels` has one entry a step and one more.
  void advance(std::span<const SolverLevel> levels, std::size_t step_index, std::vector<float>& x0,
               std::span<float> latents);

 private:
  enum class SolverType { midpoint, heun };

  void first_order(const SolverLevel* from, std::span<float> latents) const;
  void second_order(const SolverLevel* from, std::span<float> latents) const;
  void third_order(const SolverLevel* from, std::span<float> latents) const;

  FinalSigma final_sigma_;
  SolverOrder solver_;
  SolverType solver_type_ = SolverType::midpoint;
  bool euler_at_final_ = false;
  Predictions known_;
  std::size_t num_known_ = 0;  ///< predictions before this step
};

}  // namespace veneer::schedulers
