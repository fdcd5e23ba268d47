#include "schedulers/flow_schedule.h"

#include <cmath>

namespace veneer::schedulers {
namespace {

/// More of the steps at high noise, the more the larger `shift` is; the same as shift / (shift + (1 / sigma - 1)).
double shifted(double shift, double sigma) {
  return shift * sigma / (1 + (shift - 1) * sigma);
}

double read_shift(ConfigReader& config) {
  const double shift = config.number("shift", 1.0);
  if (!(shift > 0)) fail(ErrorCode::corrupt_file, "{}: shift: expected a positive number, got {}", kConfigFile, shift);
  return shift;
}

enum class TimeShift { exponential, linear };

/// The shift by the number of tokens that an image has: mu grows evenly from base_shift to max_shift.
struct DynamicShift {
  TimeShift type;
  double base_shift;
  double max_shift;
  int base_length;
  int max_length;
};

DynamicShift read_dynamic_shift(ConfigReader& config) {
  constexpr ConfigReader::Choice kTypes[] = {{"exponential", static_cast<int>(TimeShift::exponential)},
                                             {"linear", static_cast<int>(TimeShift::linear)}};
  const DynamicShift shift{
      .type = static_cast<TimeShift>(config.choice("time_shift_type", "exponential", kTypes)),
      .base_shift = config.number("base_shift", 0.5),
      .max_shift = config.number("max_shift", 1.15),
      .base_length = config.integer("base_image_seq_len", 256, 1),
      .max_length = config.integer("max_image_seq_len", 4096, 1),
  };
  if (shift.base_length == shift.max_length)
    fail(ErrorCode::corrupt_file, "{}: base_image_seq_len, max_image_seq_len: expected two lengths, got {} twice",
         kConfigFile, shift.base_length);
  return shift;
}

/// mu of the linear kind, its exponential of the other.
double shift_of(const DynamicShift& shift, int image_sequence_length) {
  if (image_sequence_length < 1)
    fail(ErrorCode::invalid_argument, "image_sequence_length: expected 1 or more for use_dynamic_shifting, got {}",
         image_sequence_length);
  const double slope = (shift.max_shift - shift.base_shift) / (shift.max_length - shift.base_length);
  const double mu = image_sequence_length * slope + (shift.base_shift - slope * shift.base_length);
  const double scale = shift.type == TimeShift::exponential ? std::exp(mu) : mu;
  if (!(scale > 0) || !std::isfinite(scale))
    fail(ErrorCode::invalid_argument, "{}: base_shift, max_shift: expected a positive shift, got {} for {} tokens",
         kConfigFile, scale, image_sequence_length);
  return scale;
}

/// Sigmas from the first to the last of the training schedule, which the shift has moved there already.
std::vector<double> own_sigmas(int num_train_timesteps, double training_shift, int count) {
  const auto first = static_cast<double>(static_cast<float>(shifted(training_shift, 1.0)));
  const auto last = static_cast<double>(static_cast<float>(shifted(training_shift, 1.0 / num_train_timesteps)));
  std::vector<double> sigmas = linspace(first * num_train_timesteps, last * num_train_timesteps, count);
  for (double& sigma : sigmas) sigma /= num_train_timesteps;
  return sigmas;
}

/// Stretches 1 - sigma so that the last sigma is `terminal`.
void stretch_to(double terminal, std::vector<double>& sigmas) {
  if (!(terminal > 0 && terminal < 1))
    fail(ErrorCode::corrupt_file, "{}: shift_terminal: expected a number between 0 and 1, got {}", kConfigFile,
         terminal);
  if (sigmas.back() == 1)
    fail(ErrorCode::invalid_argument, "{}: shift_terminal: expected a last step below sigma 1, got {} step",
         kConfigFile, sigmas.size());
  const double scale = (1 - sigmas.back()) / (1 - terminal);
  for (double& sigma : sigmas) sigma = 1 - (1 - sigma) / scale;
}

FlowSchedule schedule_of(std::span<const double> sigmas, int num_train_timesteps) {
  FlowSchedule schedule{.timesteps = to_float(sigmas), .sigmas = to_float(sigmas)};
  for (float& t : schedule.timesteps) t *= static_cast<float>(num_train_timesteps);
  return schedule;
}

}  // namespace

FlowSchedule read_shifted_schedule(ConfigReader& config, const ScheduleRequest& request) {
  const int train = config.integer("num_train_timesteps", 1000, 2);
  const double shift = read_shift(config);
  check_num_inference_steps(request.num_inference_steps, train);
  std::vector<double> sigmas = own_sigmas(train, shift, request.num_inference_steps);
  for (double& sigma : sigmas) sigma = shifted(shift, sigma);
  return schedule_of(sigmas, train);
}

FlowSchedule read_flow_schedule(ConfigReader& config, const ScheduleRequest& request) {
  const int train = config.integer("num_train_timesteps", 1000, 2);
  const double shift = read_shift(config);
  const SigmaSpacing spacing = read_sigma_spacing(config);
  const auto terminal = config.optional_number("shift_terminal");
  config.require("invert_sigmas", false);
  check_num_inference_steps(request.num_inference_steps, train);
  const bool dynamic = config.flag("use_dynamic_shifting", false);
  const DynamicShift dynamic_shift = read_dynamic_shift(config);

  std::vector<double> sigmas =
      request.sigmas.empty() ? own_sigmas(train, dynamic ? 1.0 : shift, request.num_inference_steps) : request.sigmas;
  const double by = dynamic ? shift_of(dynamic_shift, request.image_sequence_length) : shift;
  for (double& sigma : sigmas) sigma = shifted(by, sigma);
  if (terminal.value_or(0.0) != 0.0) stretch_to(*terminal, sigmas);
  if (spacing != SigmaSpacing::timesteps)
    sigmas = respaced_sigmas(spacing, sigmas.front(), sigmas.back(), request.num_inference_steps);
  return schedule_of(sigmas, train);
}

}  // namespace veneer::schedulers
