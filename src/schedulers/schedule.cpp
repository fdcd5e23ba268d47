#include "schedulers/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "base/check.h"

namespace veneer::schedulers {
namespace {

enum class BetaSchedule { linear, scaled_linear, cosine, exponential };

/// betas_for_alpha_bar: betas whose products follow a given curve over t = 0..1, capped at 0.999.
template <class AlphaBar>
std::vector<float> betas_for_alpha_bar(int count, AlphaBar alpha_bar) {
  std::vector<float> betas(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const double t1 = static_cast<double>(i) / count;
    const double t2 = static_cast<double>(i + 1) / count;
    betas[static_cast<std::size_t>(i)] = static_cast<float>(std::min(1.0 - alpha_bar(t2) / alpha_bar(t1), 0.999));
  }
  return betas;
}

std::vector<float> make_betas(BetaSchedule schedule, double start, double end, int count) {
  switch (schedule) {
    case BetaSchedule::linear:
      return torch_linspace(start, end, count);
    case BetaSchedule::scaled_linear: {
      std::vector<float> betas = torch_linspace(std::sqrt(start), std::sqrt(end), count);
      for (float& beta : betas) beta *= beta;
      return betas;
    }
    case BetaSchedule::cosine:
      return betas_for_alpha_bar(count, [](double t) {
        const double c = std::cos((t + 0.008) / 1.008 * std::numbers::pi / 2);
        return c * c;
      });
    case BetaSchedule::exponential:
      return betas_for_alpha_bar(count, [](double t) { return std::exp(-12.0 * t); });
  }
  VENEER_CHECK(false);
}

/// torch.cumprod(1 - betas): its CPU kernel keeps the running product in double and rounds each output.
std::vector<float> cumulative_alphas(std::span<const float> betas) {
  std::vector<float> products;
  products.reserve(betas.size());
  double product = 1.0;
  for (const float beta : betas) {
    product *= static_cast<double>(1.0F - beta);
    products.push_back(static_cast<float>(product));
  }
  return products;
}

/// rescale_zero_terminal_snr: shifts and scales sqrt(alpha_cumprod) so that the last is 0 and the first stays.
std::vector<float> rescale_zero_terminal_snr(std::span<const float> betas) {
  std::vector<float> root = cumulative_alphas(betas);
  for (float& value : root) value = std::sqrt(value);
  const float first = root.front();
  const float last = root.back();
  for (float& value : root) value = (value - last) * (first / (first - last));
  std::vector<float> rescaled(betas.size());
  float before = 1.0F;
  for (std::size_t i = 0; i < betas.size(); ++i) {
    const float product = root[i] * root[i];
    rescaled[i] = 1.0F - product / before;
    before = product;
  }
  return rescaled;
}

std::vector<float> read_betas(ConfigReader& config, const BetaDefaults& defaults, int count) {
  constexpr ConfigReader::Choice kSchedules[] = {
      {"linear", static_cast<int>(BetaSchedule::linear)},
      {"scaled_linear", static_cast<int>(BetaSchedule::scaled_linear)},
      {"squaredcos_cap_v2", static_cast<int>(BetaSchedule::cosine)},
      {"exp", static_cast<int>(BetaSchedule::exponential)},
  };
  const auto schedules = std::span(kSchedules).first(defaults.takes_exp ? 4 : 3);
  const double start = config.number("beta_start", defaults.start);
  const double end = config.number("beta_end", defaults.end);
  if (!(start > 0 && start < 1 && end > 0 && end < 1))
    fail(ErrorCode::corrupt_file, "{}: beta_start, beta_end: expected 0 < beta < 1, got {} and {}", kConfigFile, start,
         end);
  const auto trained = config.optional_numbers("trained_betas");
  const int schedule = config.choice("beta_schedule", defaults.schedule, schedules);
  if (!trained) return make_betas(static_cast<BetaSchedule>(schedule), start, end, count);
  if (trained->size() != static_cast<std::size_t>(count))
    fail(ErrorCode::corrupt_file, "{}: trained_betas: expected num_train_timesteps = {} numbers, got {}", kConfigFile,
         count, trained->size());
  return to_float(*trained);
}

}  // namespace

std::vector<float> read_alphas_cumprod(ConfigReader& config, const BetaDefaults& defaults) {
  const int count = config.integer("num_train_timesteps", 1000, 2);
  std::vector<float> betas = read_betas(config, defaults, count);
  const bool rescale = defaults.zero_snr != ZeroSnr::not_read && config.flag("rescale_betas_zero_snr", false);
  if (rescale && config.text("prediction_type", "epsilon") == "epsilon")
    fail(ErrorCode::unsupported,
         "{}: rescale_betas_zero_snr: expected prediction_type v_prediction or sample with it, got epsilon: not "
         "supported: where the signal is zero, its noise says nothing of the image",
         kConfigFile);
  if (rescale) betas = rescale_zero_terminal_snr(betas);
  std::vector<float> alphas = cumulative_alphas(betas);
  if (rescale && defaults.zero_snr == ZeroSnr::nearly_zero) alphas.back() = 0x1p-24F;
  // Everything after divides by alpha or 1 - alpha. Also catches NaN.
  const bool falling = std::ranges::all_of(alphas, [](float a) { return a >= 0.0F && a < 1.0F; });
  if (!falling || alphas[alphas.size() - 2] == 0.0F || (alphas.back() == 0.0F && !rescale))
    fail(ErrorCode::corrupt_file, "{}: betas: expected products of (1 - beta) that fall from 1 towards 0, got {}..{}",
         kConfigFile, alphas.front(), alphas.back());
  return alphas;
}

std::vector<float> training_sigmas(std::span<const float> alphas_cumprod) {
  std::vector<float> sigmas;
  sigmas.reserve(alphas_cumprod.size());
  for (const float a : alphas_cumprod) sigmas.push_back(std::sqrt((1.0F - a) / a));
  return sigmas;
}

TimestepRule read_timestep_rule(ConfigReader& config, std::string_view default_spacing, int num_train_timesteps) {
  constexpr ConfigReader::Choice kSpacings[] = {
      {"leading", static_cast<int>(Spacing::leading)},
      {"trailing", static_cast<int>(Spacing::trailing)},
      {"linspace", static_cast<int>(Spacing::linspace)},
  };
  return {.spacing = static_cast<Spacing>(config.choice("timestep_spacing", default_spacing, kSpacings)),
          .steps_offset = config.integer("steps_offset", 0, 0),
          .num_train_timesteps = num_train_timesteps};
}

void check_num_inference_steps(int num_inference_steps, int num_train_timesteps) {
  if (num_inference_steps < 1 || num_inference_steps > num_train_timesteps)
    fail(ErrorCode::invalid_argument, "num_inference_steps: expected 1..{}, got {}", num_train_timesteps,
         num_inference_steps);
}

namespace {

/// (arange(count) * ratio)[::-1] + steps_offset
std::vector<double> leading_timesteps(const TimestepRule& rule, int count, int ratio) {
  std::vector<double> timesteps;
  for (int i = count - 1; i >= 0; --i) timesteps.push_back(static_cast<double>(i) * ratio + rule.steps_offset);
  return timesteps;
}

/// round(arange(end, 0, -num_train_timesteps / count)) - 1, without the -1 that rounding may append (scheduler.h).
std::vector<double> trailing_timesteps(const TimestepRule& rule, int count, int end) {
  const double step = -static_cast<double>(rule.num_train_timesteps) / count;
  const auto length = static_cast<int>(std::ceil(-static_cast<double>(end) / step));
  const double delta = (end + step) - end;  // as numpy.arange fills
  std::vector<double> timesteps;
  for (int i = 0; i < length; ++i) timesteps.push_back(std::nearbyint(end + i * delta) - 1);
  if (timesteps.back() < 0) timesteps.pop_back();
  return timesteps;
}

}  // namespace

std::vector<double> spaced_timesteps(const TimestepRule& rule, int count) {
  const int train = rule.num_train_timesteps;
  if (rule.spacing == Spacing::leading) return leading_timesteps(rule, count, train / count);
  if (rule.spacing == Spacing::trailing) return trailing_timesteps(rule, count, train);
  std::vector<double> timesteps = linspace(0, train - 1, count);
  std::ranges::reverse(timesteps);
  return timesteps;
}

std::vector<double> solver_timesteps(const TimestepRule& rule, int count, int end) {
  if (rule.spacing == Spacing::trailing) return trailing_timesteps(rule, count, end);
  std::vector<double> timesteps;
  if (rule.spacing == Spacing::leading) {
    timesteps = leading_timesteps(rule, count + 1, end / (count + 1));
  } else {
    timesteps = linspace(0, end - 1, count + 1);
    std::ranges::reverse(timesteps);
    round_timesteps(timesteps);
  }
  timesteps.pop_back();
  return timesteps;
}

void round_timesteps(std::vector<double>& timesteps) {
  for (double& t : timesteps) t = std::nearbyint(t);
}

std::vector<float> torch_linspace(double start, double end, int count) {
  const auto first = static_cast<float>(start);
  const auto last = static_cast<float>(end);
  std::vector<float> values(static_cast<std::size_t>(count), first);
  if (count == 1) return values;
  const float step = (last - first) / static_cast<float>(count - 1);
  for (int i = 0; i < count; ++i) {
    const bool low = i < count / 2;
    values[static_cast<std::size_t>(i)] =
        low ? std::fma(step, static_cast<float>(i), first) : std::fma(-step, static_cast<float>(count - 1 - i), last);
  }
  return values;
}

std::vector<double> linspace(double start, double stop, int count) {
  std::vector<double> values(static_cast<std::size_t>(count), start);
  if (count == 1) return values;
  const double step = (stop - start) / (count - 1);
  for (int i = 0; i < count; ++i) values[static_cast<std::size_t>(i)] = i * step + start;
  values.back() = stop;
  return values;
}

SigmaSpacing read_sigma_spacing(ConfigReader& config) {
  constexpr std::pair<std::string_view, SigmaSpacing> kFields[] = {
      {"use_karras_sigmas", SigmaSpacing::karras},
      {"use_exponential_sigmas", SigmaSpacing::exponential},
      {"use_beta_sigmas", SigmaSpacing::beta},
  };
  SigmaSpacing spacing = SigmaSpacing::timesteps;
  for (const auto& [field, named] : kFields) {
    if (!config.flag(field, false)) continue;
    if (spacing != SigmaSpacing::timesteps)
      fail(ErrorCode::invalid_argument,
           "{}: expected one of use_karras_sigmas, use_exponential_sigmas and use_beta_sigmas to be true, got several",
           kConfigFile);
    spacing = named;
  }
  return spacing;
}

FinalSigma read_final_sigma(ConfigReader& config) {
  constexpr ConfigReader::Choice kFinal[] = {
      {"zero", static_cast<int>(FinalSigma::zero)},
      {"sigma_min", static_cast<int>(FinalSigma::sigma_min)},
  };
  return static_cast<FinalSigma>(config.choice("final_sigmas_type", "zero", kFinal));
}

std::vector<double> sigmas_at(std::span<const double> timesteps, std::span<const float> training_sigmas) {
  std::vector<double> sigmas;
  sigmas.reserve(timesteps.size());
  const auto last = static_cast<double>(training_sigmas.size() - 1);
  for (const double t : timesteps) {
    const double clamped = std::clamp(t, 0.0, last);
    const auto low = static_cast<std::size_t>(std::min(std::floor(clamped), last - 1));
    const auto at_low = static_cast<double>(training_sigmas[low]);
    const auto at_high = static_cast<double>(training_sigmas[low + 1]);
    sigmas.push_back(clamped == last ? at_high : (at_high - at_low) * (clamped - static_cast<double>(low)) + at_low);
  }
  return sigmas;
}

void check_sigma_range(double min, double max) {
  if (!(min > 0 && max >= min))
    fail(ErrorCode::invalid_argument, "{}: sigma_min, sigma_max: expected 0 < sigma_min <= sigma_max, got {} and {}",
         kConfigFile, min, max);
}

std::vector<double> karras_sigmas(double max, double min, double rho, int count) {
  const double root_min = std::pow(min, 1 / rho);
  const double root_max = std::pow(max, 1 / rho);
  std::vector<double> sigmas = linspace(0, 1, count);
  for (double& ramp : sigmas) ramp = std::pow(root_max + ramp * (root_min - root_max), rho);
  return sigmas;
}

std::vector<double> exponential_sigmas(double max, double min, int count) {
  std::vector<double> sigmas = linspace(std::log(max), std::log(min), count);
  for (double& sigma : sigmas) sigma = std::exp(sigma);
  return sigmas;
}

namespace {

constexpr double kBeta = 0.6;  // both parameters of the distribution

/// The probability below x <= 1/2 under the beta distribution, by the power series of its integral.
double beta_probability(double x) {
  const double normalizer = std::tgamma(2 * kBeta) / (std::tgamma(kBeta) * std::tgamma(kBeta));
  double term = 1;
  double sum = 1 / kBeta;
  for (int n = 1; n < 60; ++n) {
    term *= x * (n - kBeta) / n;
    sum += term / (kBeta + n);
  }
  return normalizer * std::pow(x, kBeta) * sum;
}

/// Where the beta distribution has this much below it. It is symmetric about 1/2.
double beta_quantile(double probability) {
  if (probability > 0.5) return 1 - beta_quantile(1 - probability);
  double low = 0;
  double high = 0.5;
  for (int halving = 0; halving < 80; ++halving) {
    const double middle = (low + high) / 2;
    (beta_probability(middle) < probability ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

std::vector<double> respaced_sigmas(SigmaSpacing spacing, double max, double min, int count) {
  check_sigma_range(min, max);
  if (spacing == SigmaSpacing::karras) return karras_sigmas(max, min, 7.0, count);
  if (spacing == SigmaSpacing::exponential) return exponential_sigmas(max, min, count);
  std::vector<double> sigmas = linspace(0, 1, count);
  for (double& ramp : sigmas) ramp = min + beta_quantile(1 - ramp) * (max - min);
  return sigmas;
}

std::vector<double> timesteps_of(std::span<const double> sigmas, std::span<const float> training_sigmas) {
  std::vector<float> logs;
  logs.reserve(training_sigmas.size());
  for (const float sigma : training_sigmas) logs.push_back(std::log(sigma));
  std::vector<double> timesteps;
  timesteps.reserve(sigmas.size());
  for (const double sigma : sigmas) {
    const double log_sigma = std::log(std::max(sigma, 1e-10));
    const auto above = std::upper_bound(logs.begin(), logs.end(), log_sigma,
                                        [](double value, float log) { return value < static_cast<double>(log); });
    const auto at_most = static_cast<std::size_t>(above - logs.begin());  // this many logs are <= log_sigma
    const std::size_t low = std::min(at_most == 0 ? 0 : at_most - 1, logs.size() - 2);
    const auto span = static_cast<double>(logs[low] - logs[low + 1]);
    const double w = std::clamp((static_cast<double>(logs[low]) - log_sigma) / span, 0.0, 1.0);
    timesteps.push_back((1 - w) * static_cast<double>(low) + w * static_cast<double>(low + 1));
  }
  return timesteps;
}

std::vector<float> to_float(std::span<const double> values) {
  std::vector<float> result;
  result.reserve(values.size());
  for (const double value : values) result.push_back(static_cast<float>(value));
  return result;
}

namespace {

constexpr ConfigReader::Choice kPredictions[] = {
    {"epsilon", static_cast<int>(Prediction::epsilon)},
    {"v_prediction", static_cast<int>(Prediction::v_prediction)},
    {"sample", static_cast<int>(Prediction::sample)},
};

}  // namespace

Prediction read_prediction(ConfigReader& config) {
  return static_cast<Prediction>(config.choice("prediction_type", "epsilon", kPredictions));
}

Prediction read_prediction_of_noise(ConfigReader& config) {
  return static_cast<Prediction>(config.choice("prediction_type", "epsilon", std::span(kPredictions).first(2)));
}

float read_clip_range(ConfigReader& config, ClipByDefault clip_by_default) {
  const bool clip = config.flag("clip_sample", clip_by_default == ClipByDefault::yes);
  const auto range = static_cast<float>(config.number("clip_sample_range", 1.0));
  if (!(range > 0))
    fail(ErrorCode::corrupt_file, "{}: clip_sample_range: expected a positive number, got {}", kConfigFile, range);
  return clip ? range : std::numeric_limits<float>::infinity();
}

}  // namespace veneer::schedulers
