// The arithmetic that schedulers share: betas, timesteps, sigmas. Internal to src/schedulers; pure functions.
// Types follow diffusers: what is a float32 tensor there is float here, what numpy keeps in float64 is double, because
// multistep methods divide by differences of these numbers.
#pragma once

#include <span>
#include <vector>

#include "schedulers/config.h"

namespace veneer::schedulers {

// ---- training schedule ----

/// What a scheduler's constructor does about `rescale_betas_zero_snr` (arXiv 2305.08891, algorithm 1).
enum class ZeroSnr {
  not_read,    ///< the scheduler has no such field
  exact,       ///< the last alpha_cumprod becomes 0 (ddim, lcm)
  nearly_zero  ///< ... and then 2^-24, so that no sigma is infinite
};

struct BetaDefaults {
  double start = 0.0001;
  double end = 0.02;
  std::string_view schedule = "linear";
  ZeroSnr zero_snr = ZeroSnr::not_read;
  bool takes_exp = false;  ///< beta_schedule "exp", which diffusers gives heun alone
};

/// Products of (1 - beta), one a training timestep. Reads num_train_timesteps, beta_start, beta_end, beta_schedule,
/// trained_betas and, unless not_read, rescale_betas_zero_snr.
std::vector<float> read_alphas_cumprod(ConfigReader& config, const BetaDefaults& defaults);

/// sqrt((1 - a) / a) for each.
std::vector<float> training_sigmas(std::span<const float> alphas_cumprod);

// ---- timesteps ----

enum class Spacing { leading, trailing, linspace };

struct TimestepRule {
  Spacing spacing;
  int steps_offset;
  int num_train_timesteps;
};

/// Reads timestep_spacing and steps_offset.
TimestepRule read_timestep_rule(ConfigReader& config, std::string_view default_spacing, int num_train_timesteps);

/// Throws invalid_argument unless 1 <= num_inference_steps <= num_train_timesteps.
void check_num_inference_steps(int num_inference_steps, int num_train_timesteps);

/// Descending; linspace keeps its fractions. (ddim, pndm and the sigma family.)
std::vector<double> spaced_timesteps(const TimestepRule& rule, int count);

/// The dpm-solver family's: linspace and leading make count + 1 and leave the lowest out; whole numbers.
/// `end` is num_train_timesteps, or less where the end of the schedule is clipped.
std::vector<double> solver_timesteps(const TimestepRule& rule, int count, int end);

/// numpy's round, to even.
void round_timesteps(std::vector<double>& timesteps);

/// numpy.linspace(start, stop, count).
std::vector<double> linspace(double start, double stop, int count);

/// torch.linspace in float32: from either end to the middle, each with one rounding.
std::vector<float> torch_linspace(double start, double end, int count);

// ---- sigmas ----

enum class SigmaSpacing { timesteps, karras, exponential, beta };

/// Reads use_karras_sigmas, use_exponential_sigmas and use_beta_sigmas, of which one at most may be true.
SigmaSpacing read_sigma_spacing(ConfigReader& config);

enum class FinalSigma { zero, sigma_min };
FinalSigma read_final_sigma(ConfigReader& config);

/// numpy.interp(timesteps, [0, 1, ...], training_sigmas).
std::vector<double> sigmas_at(std::span<const double> timesteps, std::span<const float> training_sigmas);

/// Throws invalid_argument unless 0 < min <= max: the range of respaced sigmas.
void check_sigma_range(double min, double max);

/// `count` sigmas from `max` down to `min`: Karras et al., arXiv 2206.00364, with rho = 7; evenly in log sigma; or by
/// the quantiles of the beta distribution with 0.6 and 0.6 (arXiv 2407.12173). spacing is not SigmaSpacing::timesteps.
std::vector<double> respaced_sigmas(SigmaSpacing spacing, double max, double min, int count);

std::vector<double> karras_sigmas(double max, double min, double rho, int count);
std::vector<double> exponential_sigmas(double max, double min, int count);

/// The fractional training timestep of each sigma, by interpolation in log sigma.
std::vector<double> timesteps_of(std::span<const double> sigmas, std::span<const float> training_sigmas);

std::vector<float> to_float(std::span<const double> values);

// ---- what the model predicts ----

enum class Prediction { epsilon, v_prediction, sample };

/// Reads prediction_type.
Prediction read_prediction(ConfigReader& config);

/// The same, for schedulers that diffusers gives no "sample".
Prediction read_prediction_of_noise(ConfigReader& config);

/// Reads clip_sample, whose absence means `clip_by_default`, and clip_sample_range.
/// The range, or infinity where nothing is to be clipped.
enum class ClipByDefault { no, yes };
float read_clip_range(ConfigReader& config, ClipByDefault clip_by_default);

}  // namespace veneer::schedulers
