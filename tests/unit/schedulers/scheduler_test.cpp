// The interface's own promises, and reading the configuration file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/file.h"
#include "schedulers/scheduler.h"

namespace veneer::schedulers {
namespace {

std::unique_ptr<Scheduler> make(std::string_view name, int steps = 4) {
  return make_scheduler(Json::object(), name, {.num_inference_steps = steps});
}

TEST(Scheduler, StepsComeInOrderAndOfOneSize) {
  const auto scheduler = make("dpmpp_2m");
  NoiseSource noise(0, 1);
  std::vector<float> latents(4, 1.0F);
  const std::vector<float> noise_pred(4, 0.5F);
  scheduler->step(noise_pred, 1, latents, noise);  // any start
  EXPECT_THROW(scheduler->step(noise_pred, 1, latents, noise), Error);
  EXPECT_THROW(scheduler->step(noise_pred, 3, latents, noise), Error);
  EXPECT_THROW(scheduler->step(std::span(noise_pred).first(3), 2, latents, noise), Error);
  scheduler->step(noise_pred, 2, latents, noise);
  scheduler->step(noise_pred, 3, latents, noise);
  EXPECT_THROW(scheduler->step(noise_pred, 4, latents, noise), Error);
  EXPECT_THROW(scheduler->scale_model_input(latents, 4, latents), Error);
  EXPECT_THROW(scheduler->add_noise(latents, noise_pred, 4), Error);
}

TEST(Scheduler, AModelThatKnowsTheAnswerIsBelieved) {
  // With the true noise as its prediction, or the way from image to noise, every scheduler has to arrive at the clean
  // latents.
  const std::vector<float> clean = {0.5F, -0.25F, 0.75F, -1.0F, 0.1F, 0.9F};
  const std::vector<float> truth = {1.0F, -0.5F, 0.25F, 0.75F, -1.5F, 0.0F};
  std::vector<float> way = truth;
  for (std::size_t i = 0; i < way.size(); ++i) way[i] -= clean[i];
  for (const std::string& name : scheduler_names()) {
    if (name == "euler_ancestral" || name.find("lcm") != std::string::npos) continue;  // they add noise of their own
    if (name.starts_with("edm")) continue;  // whose answer differs from step to step
    const std::vector<float>& answer = name.starts_with("flow") ? way : truth;
    const Json config = {{"clip_sample", false}, {"set_alpha_to_one", true}, {"skip_prk_steps", true}};
    const auto scheduler = make_scheduler(config, name, {.num_inference_steps = 12});
    NoiseSource noise(0, 1);
    std::vector<float> latents = clean;
    scheduler->add_noise(latents, truth, 0);
    for (std::size_t i = 0; i < scheduler->timesteps().size(); ++i) scheduler->step(answer, i, latents, noise);
    for (std::size_t i = 0; i < clean.size(); ++i) EXPECT_NEAR(latents[i], clean[i], 2e-3) << name;
  }
}

TEST(Scheduler, ABatchIsItsImagesOneByOne) {
  const std::vector<float> noise_pred = {0.5F, -0.5F, 0.25F, 0.0F, 1.0F, -1.0F};
  for (const std::string& name : scheduler_names()) {
    std::vector<float> together(noise_pred.size(), 1.0F);
    NoiseSource both(10, 2);
    const auto batch = make(name);
    for (std::size_t i = 0; i < batch->timesteps().size(); ++i) batch->step(noise_pred, i, together, both);
    for (std::size_t image = 0; image < 2; ++image) {
      std::vector<float> alone(3, 1.0F);
      NoiseSource one(10 + image, 1);
      const auto single = make(name);
      for (std::size_t i = 0; i < single->timesteps().size(); ++i)
        single->step(std::span(noise_pred).subspan(3 * image, 3), i, alone, one);
      EXPECT_THAT(alone, testing::ElementsAreArray(together.data() + 3 * image, 3)) << name;
    }
  }
}

TEST(Scheduler, ScalesInPlaceOrBeside) {
  const auto scheduler = make("euler");
  std::vector<float> latents = {1.0F, -2.0F};
  std::vector<float> input(2);
  scheduler->scale_model_input(latents, 1, input);
  const float sigma = scheduler->sigmas()[1];
  EXPECT_FLOAT_EQ(input[1], -2.0F / std::sqrt(sigma * sigma + 1.0F));
  EXPECT_EQ(latents[1], -2.0F);
  scheduler->scale_model_input(latents, 1, latents);
  EXPECT_EQ(latents, input);
}

class ReadSchedulerConfig : public testing::Test {
 protected:
  Json read(std::string_view text) {
    write_file(path_, text);
    return read_scheduler_config(path_);
  }
  void TearDown() override { std::filesystem::remove(path_); }

  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() /
      (std::string("veneer_") + testing::UnitTest::GetInstance()->current_test_info()->name() + ".json");
};

TEST_F(ReadSchedulerConfig, TakesPythonsInfinities) {
  const Json config = read(R"({"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity,
                              "_a": "Infinity \" NaN", "_b": [Infinity, NaN], "_c\\": 1})");
  EXPECT_EQ(config.at("lambda_min_clipped"), "-Infinity");
  EXPECT_EQ(config.at("_a"), "Infinity \" NaN");
  EXPECT_EQ(config.at("_b"), Json({"Infinity", "NaN"}));
  EXPECT_EQ(config.at("_c\\"), 1);
  EXPECT_EQ(make_scheduler(config, "", {.num_inference_steps = 5})->timesteps().size(), 5U);
}

TEST_F(ReadSchedulerConfig, RefusesWhatIsNoJson) {
  for (const char* text : {"", "{", "{\"a\": Infinit}", "{\"a\": \"b\\", "{\"a\": NaNa}"})
    EXPECT_THROW(read(text), Error) << text;
  EXPECT_THROW(read_scheduler_config("/nonexistent/scheduler_config.json"), Error);
}

}  // namespace
}  // namespace veneer::schedulers
