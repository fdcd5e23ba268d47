// Every scheduler against diffusers: timesteps, sigmas, every step of every configuration in the goldens
// (tests/golden/schedulers/, written by tools/reference/scheduler_goldens.py).
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "base/json.h"
#include "schedulers/scheduler.h"

namespace veneer::schedulers {
namespace {

constexpr double kTolerance = 1e-5;

class SchedulerParity : public testing::TestWithParam<std::string> {};

/// Each value to kTolerance of itself.
void expect_each_near(const Json& expected, std::span<const float> got, const std::string& what) {
  ASSERT_EQ(expected.size(), got.size()) << what;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const auto value = expected[i].get<double>();
    ASSERT_NEAR(value, static_cast<double>(got[i]), kTolerance * std::abs(value)) << what << ", value " << i;
  }
}

/// Values to kTolerance of the largest: what an error means for a picture.
void expect_near(const Json& expected, std::span<const float> got, const std::string& what) {
  ASSERT_EQ(expected.size(), got.size()) << what;
  double largest = 0;
  for (const Json& value : expected) largest = std::max(largest, std::abs(value.get<double>()));
  for (std::size_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(expected[i].get<double>(), static_cast<double>(got[i]), kTolerance * largest)
        << what << ", value " << i;
}

/// The generator script's model: k(t) * model_input + bias.
std::vector<float> model(std::span<const float> input, float timestep, std::span<const float> bias) {
  const auto k = static_cast<float>(0.5 * std::cos(0.001 * static_cast<double>(timestep)));
  std::vector<float> out(input.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = k * input[i] + bias[i];
  return out;
}

void expect_add_noise(const Json& one, const Scheduler& scheduler, std::span<const float> bias) {
  const std::size_t image_size = bias.size() / one.at("num_images").get<std::size_t>();
  std::vector<float> latents;  // the images of `bias` in reverse order
  for (std::size_t i = bias.size(); i >= image_size && i > 0; i -= image_size)
    latents.insert(latents.end(), bias.begin() + static_cast<std::ptrdiff_t>(i - image_size),
                   bias.begin() + static_cast<std::ptrdiff_t>(i));
  scheduler.add_noise(latents, bias, scheduler.timesteps().size() / 2);
  expect_near(one.at("noised"), latents, "add_noise");
}

void run(const Json& one) {
  const auto scheduler = make_scheduler(one.at("config"), one.at("name").get<std::string>(),
                                        {.num_inference_steps = one.at("steps").get<int>(),
                                         .image_sequence_length = one.value("image_sequence_length", 0),
                                         .sigmas = one.value("given", std::vector<double>{})});
  expect_each_near(one.at("timesteps"), scheduler->timesteps(), "timesteps");
  expect_each_near(one.at("sigmas"), scheduler->sigmas(), "sigmas");
  const auto init_noise_sigma = one.at("init_noise_sigma").get<double>();
  ASSERT_NEAR(init_noise_sigma, static_cast<double>(scheduler->init_noise_sigma()), 1e-6 * init_noise_sigma);
  const auto bias = one.at("bias").get<std::vector<float>>();
  expect_add_noise(one, *scheduler, bias);

  NoiseSource noise(one.at("seed").get<std::uint64_t>(), one.at("num_images").get<std::size_t>());
  std::vector<float> latents(bias.size());
  noise.fill_normal(latents);
  for (float& x : latents) x *= scheduler->init_noise_sigma();
  std::vector<float> input(latents.size());
  const auto begin = one.at("begin").get<std::size_t>();
  ASSERT_EQ(one.at("latents").size() + begin, scheduler->timesteps().size());
  for (std::size_t i = begin; i < scheduler->timesteps().size(); ++i) {
    scheduler->scale_model_input(latents, i, input);
    expect_near(one.at("inputs")[i - begin], std::span(input).first(2), "model input of step " + std::to_string(i));
    scheduler->step(model(input, scheduler->timesteps()[i], bias), i, latents, noise);
    expect_near(one.at("latents")[i - begin], latents, "latents after step " + std::to_string(i));
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST_P(SchedulerParity, EqualsDiffusers) {
  const std::filesystem::path folder = VENEER_SOURCE_DIR "/tests/golden/schedulers";
  const Json golden = read_scheduler_config(folder / (GetParam() + ".json"));
  ASSERT_GE(golden.at("cases").size(), 10U);
  for (const Json& one : golden.at("cases")) {
    SCOPED_TRACE("steps " + one.at("steps").dump() + ", name \"" + one.at("name").get<std::string>() + "\", config " +
                 one.at("config").dump().substr(0, 600));
    run(one);
  }
}

INSTANTIATE_TEST_SUITE_P(All, SchedulerParity,
                         testing::Values("ddim", "pndm", "euler", "euler_ancestral", "heun", "lms", "dpmpp_2m", "unipc",
                                         "lcm", "edm_euler", "edm_dpmpp_2m", "flow_match_euler", "flow_match_heun",
                                         "flow_match_lcm"),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace veneer::schedulers
