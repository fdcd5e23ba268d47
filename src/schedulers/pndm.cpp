// Pseudo numerical methods (arXiv 2202.09778): three Runge-Kutta steps of four evaluations, then linear multistep;
// or multistep alone (PLMS, skip_prk_steps), which evaluates the second timestep twice. diffusers' PNDMScheduler.
#include <cmath>

#include "schedulers/alpha_schedule.h"
#include "schedulers/members.h"

namespace veneer::schedulers {
namespace {

constexpr std::size_t kOrder = 4;

/// Ascending timesteps -> the list of evaluations of PLMS alone.
std::vector<double> plms_evaluations(std::span<const double> ascending) {
  std::vector<double> evaluations(ascending.rbegin(), ascending.rend());
  if (evaluations.size() >= 2) evaluations.insert(evaluations.begin() + 1, evaluations[1]);
  return evaluations;
}

/// The Runge-Kutta evaluations: over the last four timesteps, each followed by the point half a stride above it, all
/// but the ends twice, downwards. The three multistep starting points that they give are not evaluated again.
std::vector<double> prk_evaluations(std::span<const double> ascending, int half_stride) {
  std::vector<double> points;
  for (const double t : ascending.last(kOrder)) {
    points.push_back(t);
    points.push_back(t + half_stride);
  }
  points.pop_back();
  std::vector<double> evaluations;
  for (std::size_t i = points.size(); i-- > 0;) {
    evaluations.push_back(points[i]);
    if (i != 0 && i != points.size() - 1) evaluations.push_back(points[i]);
  }
  return evaluations;
}

class Pndm final : public Scheduler {
 public:
  Pndm(ConfigReader& config, int num_inference_steps)
      : alphas_(config, {}, FinalAlpha::first), prediction_(read_prediction_of_noise(config)) {
    const TimestepRule rule = read_timestep_rule(config, "leading", alphas_.num_train_timesteps());
    const bool plms_only = config.flag("skip_prk_steps", false);
    check_num_inference_steps(num_inference_steps, rule.num_train_timesteps);
    if (!plms_only && num_inference_steps < static_cast<int>(kOrder))
      fail(ErrorCode::invalid_argument,
           "num_inference_steps: expected at least {} for pndm with skip_prk_steps = false, got {}", kOrder,
           num_inference_steps);
    stride_ = rule.num_train_timesteps / num_inference_steps;
    std::vector<double> descending = spaced_timesteps(rule, num_inference_steps);
    round_timesteps(descending);
    const std::vector<double> ascending(descending.rbegin(), descending.rend());
    std::vector<double> evaluations;
    if (plms_only) {
      evaluations = plms_evaluations(ascending);
    } else {
      evaluations = prk_evaluations(ascending, stride_ / 2);
      num_prk_ = evaluations.size();
      evaluations.insert(evaluations.end(), descending.begin() + (kOrder - 1), descending.end());
    }
    alphas_.check_timesteps(evaluations);
    timesteps_ = to_float(evaluations);
  }

  [[nodiscard]] bool may_start_at(std::size_t step_index) const override {
    return num_prk_ == 0 ? step_index < timesteps_.size() : step_index == 0;
  }

 private:
  void advance(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents,
               NoiseSource& /*noise*/) override {
    const int timestep = static_cast<int>(timesteps_[step_index]);
    if (counter_ < num_prk_)
      advance_prk(noise_pred, timestep, latents);
    else
      advance_plms(noise_pred, timestep, latents);
    ++counter_;
  }

  void advance_prk(std::span<const float> noise_pred, int timestep, std::span<float> latents) {
    const int previous = timestep - (counter_ % 2 == 1 ? 0 : stride_ / 2);
    const int from = static_cast<int>(timesteps_[counter_ / 4 * 4]);
    const std::size_t stage = counter_ % 4;
    if (stage == 0) {
      sum_.assign(noise_pred.size(), 0.0F);
      remember(noise_pred);
      start_.assign(latents.begin(), latents.end());
    }
    const float weight = static_cast<float>(stage == 0 || stage == 3 ? 1.0 / 6 : 1.0 / 3);
    for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] += weight * noise_pred[i];
    const std::span<const float> slope = stage == 3 ? std::span<const float>(sum_) : noise_pred;
    transfer(start_, from, previous, slope, latents);
  }

  void advance_plms(std::span<const float> noise_pred, int timestep, std::span<float> latents) {
    if (counter_ == 1) {  // the second look at the second timestep corrects the first step
      combined_.resize(noise_pred.size());
      for (std::size_t i = 0; i < combined_.size(); ++i) combined_[i] = (noise_pred[i] + history_.back()[i]) / 2.0F;
      transfer(start_, timestep + stride_, timestep, combined_, latents);
      return;
    }
    remember(noise_pred);
    if (counter_ == 0) start_.assign(latents.begin(), latents.end());
    combine_history();
    transfer(latents, timestep, timestep - stride_, combined_, latents);
  }

  /// Keeps the last four outputs, newest last.
  void remember(std::span<const float> noise_pred) {
    if (history_.size() == kOrder) history_.erase(history_.begin());
    history_.emplace_back(noise_pred.begin(), noise_pred.end());
  }

  /// Adams-Bashforth of the order that the history allows.
  void combine_history() {
    const std::size_t known = history_.size();
    const auto past = [&](std::size_t back, std::size_t i) { return history_[known - back][i]; };
    combined_.resize(history_.back().size());
    for (std::size_t i = 0; i < combined_.size(); ++i) {
      float& out = combined_[i];
      if (known == 1) out = past(1, i);
      if (known == 2) out = (3.0F * past(1, i) - past(2, i)) / 2.0F;
      if (known == 3) out = (23.0F * past(1, i) - 16.0F * past(2, i) + 5.0F * past(3, i)) / 12.0F;
      if (known == 4)
        out = static_cast<float>(1.0 / 24) *
              (55.0F * past(1, i) - 59.0F * past(2, i) + 37.0F * past(3, i) - 9.0F * past(4, i));
    }
  }

  /// Formula (9): from one timestep to another along a given slope. `to` may be `from_latents`.
  void transfer(std::span<const float> from_latents, int timestep, int previous, std::span<const float> slope,
                std::span<float> to) const {
    const float alpha = alphas_.at(timestep);
    const float alpha_prev = alphas_.at(previous);
    const float beta = 1.0F - alpha;
    const float beta_prev = 1.0F - alpha_prev;
    const float sample_factor = std::sqrt(alpha_prev / alpha);
    const float denominator = alpha * std::sqrt(beta_prev) + std::sqrt(alpha * beta * alpha_prev);
    const float root_alpha = std::sqrt(alpha);
    const float root_beta = std::sqrt(beta);
    for (std::size_t i = 0; i < to.size(); ++i) {
      const float x = from_latents[i];
      const float epsilon = prediction_ == Prediction::v_prediction ? root_alpha * slope[i] + root_beta * x : slope[i];
      to[i] = sample_factor * x - (alpha_prev - alpha) * epsilon / denominator;
    }
  }

  [[nodiscard]] NoiseLevel noise_level(std::size_t step_index) const override {
    const float alpha = alphas_.at(static_cast<int>(timesteps_[step_index]));
    return {.signal = std::sqrt(alpha), .noise = std::sqrt(1.0F - alpha)};
  }

  AlphaSchedule alphas_;
  Prediction prediction_;
  int stride_ = 0;           ///< training timesteps between two steps
  std::size_t num_prk_ = 0;  ///< how many of the evaluations are Runge-Kutta's
  std::size_t counter_ = 0;  ///< calls so far
  std::vector<std::vector<float>> history_;
  std::vector<float> start_;     ///< latents at the start of a Runge-Kutta step, or of the step that PLMS corrects
  std::vector<float> sum_;       ///< Runge-Kutta's weighted slopes so far
  std::vector<float> combined_;  ///< the multistep slope
};

}  // namespace

std::unique_ptr<Scheduler> make_pndm(ConfigReader& config, const ScheduleRequest& request) {
  return std::make_unique<Pndm>(config, request.num_inference_steps);
}

}  // namespace veneer::schedulers
