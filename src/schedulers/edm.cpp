#include "schedulers/edm.h"

#include <cmath>

namespace veneer::schedulers {
namespace {

std::vector<float> karras_sigmas_float32(double max, double min, double rho, int count) {
  const double root_max = std::pow(max, 1 / rho);
  const auto way = static_cast<float>(std::pow(min, 1 / rho) - root_max);
  std::vector<float> sigmas = torch_linspace(0, 1, count);
  for (float& ramp : sigmas) ramp = std::pow(static_cast<float>(root_max) + ramp * way, static_cast<float>(rho));
  return sigmas;
}

}  // namespace

EdmScheduler::EdmScheduler(ConfigReader& config, int num_inference_steps, KarrasType type)
    : final_sigma_(read_final_sigma(config)),
      prediction_(read_prediction_of_noise(config)),
      sigma_data_(static_cast<float>(config.number("sigma_data", 0.5))) {
  constexpr ConfigReader::Choice kSchedules[] = {{"karras", static_cast<int>(SigmaSpacing::karras)},
                                                 {"exponential", static_cast<int>(SigmaSpacing::exponential)}};
  const double min = config.number("sigma_min", 0.002);
  const double max = config.number("sigma_max", 80.0);
  const auto spacing = static_cast<SigmaSpacing>(config.choice("sigma_schedule", "karras", kSchedules));
  const double rho = config.number("rho", 7.0);
  check_sigma_range(min, max);
  for (const auto& [field, value] : {std::pair{"rho", rho}, std::pair{"sigma_data", static_cast<double>(sigma_data_)}})
    if (!(value > 0))
      fail(ErrorCode::corrupt_file, "{}: {}: expected a positive number, got {}", kConfigFile, field, value);
  check_num_inference_steps(num_inference_steps, config.integer("num_train_timesteps", 1000, 2));

  if (spacing == SigmaSpacing::exponential)
    sigmas_ = to_float(exponential_sigmas(max, min, num_inference_steps));
  else if (type == KarrasType::float64)
    sigmas_ = to_float(karras_sigmas(max, min, rho, num_inference_steps));
  else
    sigmas_ = karras_sigmas_float32(max, min, rho, num_inference_steps);
  for (const float sigma : sigmas_) timesteps_.push_back(0.25F * std::log(sigma));
  sigmas_.push_back(final_sigma_ == FinalSigma::zero ? 0.0F : static_cast<float>(min));
  init_noise_sigma_ = static_cast<float>(std::sqrt(max * max + 1));
}

float EdmScheduler::predict_x0(float sigma, float x, float out) const {
  const float variance = sigma * sigma + sigma_data_ * sigma_data_;
  const float skip = sigma_data_ * sigma_data_ / variance;
  const float scale = sigma * sigma_data_ / std::sqrt(variance);
  return skip * x + (prediction_ == Prediction::epsilon ? scale : -scale) * out;
}

float EdmScheduler::input_divisor(std::size_t step_index) const {
  const float sigma = sigmas_[step_index];
  return std::sqrt(sigma * sigma + sigma_data_ * sigma_data_);
}

}  // namespace veneer::schedulers
