// UniPC (arXiv 2302.04867), predicting x_0: each evaluation first corrects the step that led to it, then predicts the
// next one. diffusers' UniPCMultistepScheduler.
#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "schedulers/members.h"
#include "schedulers/sigma_scheduler.h"
#include "schedulers/solver.h"

namespace veneer::schedulers {
namespace {

enum class SolverType { bh1, bh2 };

/// Solves matrix * x = rhs, n <= 3, by elimination with pivots. `matrix` is row by row.
std::vector<double> solve(std::vector<std::vector<double>> matrix, std::vector<double> rhs) {
  const std::size_t n = rhs.size();
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < n; ++row)
      if (std::abs(matrix[row][column]) > std::abs(matrix[pivot][column])) pivot = row;
    std::swap(matrix[column], matrix[pivot]);
    std::swap(rhs[column], rhs[pivot]);
    for (std::size_t row = column + 1; row < n; ++row) {
      const double factor = matrix[row][column] / matrix[column][column];
      for (std::size_t k = column; k < n; ++k) matrix[row][k] -= factor * matrix[column][k];
      rhs[row] -= factor * rhs[column];
    }
  }
  for (std::size_t row = n; row-- > 0;) {
    for (std::size_t k = row + 1; k < n; ++k) rhs[row] -= matrix[row][k] * rhs[k];
    rhs[row] /= matrix[row][row];
  }
  return rhs;
}

/// The scalars of one update, predictor or corrector, from level `from` to level `to`.
struct Update {
  float keep;                 ///< factor of the latents at `from`
  float phi_1;                ///< alpha_to * h phi_1(h): factor of the newest x_0
  float b;                    ///< alpha_to * B(h): factor of the combined differences
  std::vector<float> ratios;  ///< r_k = (lambda_k - lambda_from) / h, of earlier predictions
  std::vector<double> right;  ///< the right-hand side of the paper's linear system, one entry an order
  /// The system's first `count` equations in as many unknowns: row i holds r_k^i, the last r being 1.
  [[nodiscard]] std::vector<float> weights(std::size_t count) const {
    std::vector<std::vector<double>> matrix(count, std::vector<double>(count, 1.0));
    for (std::size_t row = 1; row < count; ++row)
      for (std::size_t k = 0; k < count; ++k)
        matrix[row][k] = matrix[row - 1][k] * (k < ratios.size() ? static_cast<double>(ratios[k]) : 1.0);
    const std::vector<double> solution =
        solve(matrix, {right.begin(), right.begin() + static_cast<std::ptrdiff_t>(count)});
    return to_float(solution);
  }
};

class UniPc final : public SolverScheduler {
 public:
  UniPc(ConfigReader& config, int num_inference_steps)
      : SolverScheduler(config), solver_(read_solver_order(config)), known_(solver_.order) {
    // Other families' words, which diffusers maps to its own here so that from_config works.
    constexpr ConfigReader::Choice kTypes[] = {{"bh1", static_cast<int>(SolverType::bh1)},
                                               {"bh2", static_cast<int>(SolverType::bh2)},
                                               {"midpoint", static_cast<int>(SolverType::bh2)},
                                               {"heun", static_cast<int>(SolverType::bh2)},
                                               {"logrho", static_cast<int>(SolverType::bh2)}};
    solver_type_ = static_cast<SolverType>(config.choice("solver_type", "bh2", kTypes));
    config.require("predict_x0", true);
    config.require("solver_p", nullptr);
    config.require("shift_terminal", nullptr);
    uncorrected_ = config.optional_numbers("disable_corrector").value_or(std::vector<double>{});
    const SigmaRange range{.min = config.optional_number("sigma_min"), .max = config.optional_number("sigma_max")};
    refuse_infinite_last_step();
    check_num_inference_steps(num_inference_steps, rule_.num_train_timesteps);
    set_timesteps(num_inference_steps, range);
  }

 private:
  /// The last step to sigma = 0 is infinite in lambda: only B(h) of bh2 at order 1 stays finite. diffusers returns NaN.
  void refuse_infinite_last_step() const {
    if (final_sigma_ != FinalSigma::zero) return;
    if (solver_type_ == SolverType::bh1)
      ConfigReader::unsupported("solver_type", "bh2 where final_sigmas_type is zero", "bh1");
    if (!solver_.lower_at_end && solver_.order > 1)
      ConfigReader::unsupported("lower_order_final", "true where final_sigmas_type is zero", false);
  }

  void set_timesteps(int num_inference_steps, const SigmaRange& range) {
    std::vector<double> timesteps = solver_timesteps(rule_, num_inference_steps, rule_.num_train_timesteps);
    std::vector<double> sigmas = sigmas_at(timesteps, training_sigmas_);
    auto last = static_cast<double>(training_sigmas_.front());
    if (spacing_ != SigmaSpacing::timesteps) {
      sigmas = respaced_sigmas(spacing_, range.max.value_or(static_cast<double>(training_sigmas_.back())),
                               range.min.value_or(last), num_inference_steps);
      timesteps = timesteps_of(sigmas, training_sigmas_);
      if (spacing_ == SigmaSpacing::karras) round_timesteps(timesteps);
      last = sigmas.back();
    }
    for (double& t : timesteps) t = std::trunc(t);  // an int64 tensor there
    timesteps_ = to_float(timesteps);
    sigmas_ = to_float(sigmas);
    sigmas_.push_back(final_sigma_ == FinalSigma::zero ? 0.0F : static_cast<float>(last));
  }

  void advance(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents,
               NoiseSource& /*noise*/) override {
    predict_x0(noise_pred, step_index, latents, x0_);
    const bool corrected = step_index > 0 && !last_latents_.empty() &&
                           std::ranges::find(uncorrected_, static_cast<double>(step_index - 1)) == uncorrected_.end();
    if (corrected) correct(step_index, latents);
    known_.remember(x0_);
    const std::size_t steps_left = timesteps_.size() - step_index;
    order_ = solver_.lower_at_end ? std::min(solver_.order, steps_left) : solver_.order;
    order_ = std::min(order_, ++num_known_);
    last_latents_.assign(latents.begin(), latents.end());
    predict(step_index, latents);
  }

  /// UniP, formula (8): to the next level by the known predictions.
  void predict(std::size_t step_index, std::span<float> latents) {
    const Update update = make_update(step_index, step_index + 1);
    std::vector<float> weights;
    if (order_ == 2) weights = {0.5F};  // diffusers' simplification for this order
    if (order_ > 2) weights = update.weights(order_ - 1);
    for (std::size_t i = 0; i < latents.size(); ++i)
      latents[i] = update.keep * latents[i] - update.phi_1 * known_[0][i] - update.b * differences(update, weights, i);
  }

  /// UniC, formula (9): the last step again, now that the prediction x0_ at its end is known. In place of `latents`.
  void correct(std::size_t step_index, std::span<float> latents) {
    const Update update = make_update(step_index - 1, step_index);
    const std::vector<float> weights = order_ == 1 ? std::vector<float>{0.5F} : update.weights(order_);
    for (std::size_t i = 0; i < latents.size(); ++i) {
      const float combined = differences(update, weights, i) + weights.back() * (x0_[i] - known_[0][i]);
      latents[i] = update.keep * last_latents_[i] - update.phi_1 * known_[0][i] - update.b * combined;
    }
  }

  /// Weighted differences of the earlier predictions from the newest, of one value.
  [[nodiscard]] float differences(const Update& update, std::span<const float> weights, std::size_t i) const {
    float sum = 0;
    for (std::size_t k = 0; k < update.ratios.size(); ++k)
      sum += weights[k] * ((known_[k + 1][i] - known_[0][i]) / update.ratios[k]);
    return sum;
  }

  [[nodiscard]] Update make_update(std::size_t from_index, std::size_t to_index) const {
    const SolverLevel from = level(from_index);
    const SolverLevel to = level(to_index);
    const float h = to.lambda - from.lambda;
    const float h_phi_1 = std::expm1(-h);
    const float b_of_h = solver_type_ == SolverType::bh1 ? -h : h_phi_1;
    Update update{
        .keep = to.sigma / from.sigma, .phi_1 = to.alpha * h_phi_1, .b = to.alpha * b_of_h, .ratios = {}, .right = {}};
    for (std::size_t k = 1; k < order_; ++k) update.ratios.push_back((level(from_index - k).lambda - from.lambda) / h);
    float phi_k = h_phi_1 / -h - 1.0F;
    float factorial = 1.0F;
    for (std::size_t i = 1; i <= order_; ++i) {
      update.right.push_back(static_cast<double>(phi_k * factorial / b_of_h));
      factorial *= static_cast<float>(i + 1);
      phi_k = phi_k / -h - 1.0F / factorial;
    }
    return update;
  }

  SolverOrder solver_;
  Predictions known_;
  SolverType solver_type_ = SolverType::bh2;
  std::vector<double> uncorrected_;  ///< steps that are not corrected
  std::size_t order_ = 1;            ///< of the last prediction, and so of its correction
  std::size_t num_known_ = 0;        ///< predictions so far
  std::vector<float> x0_;
  std::vector<float> last_latents_;  ///< before the last prediction
};

}  // namespace

std::unique_ptr<Scheduler> make_unipc(ConfigReader& config, const ScheduleRequest& request) {
  return std::make_unique<UniPc>(config, request.num_inference_steps);
}

}  // namespace veneer::schedulers
