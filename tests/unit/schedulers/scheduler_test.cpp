// The interface's own promises, and reading the configuration file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>

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
  scheduler->step(noise_pred, 1, latents, noise);  // a late start
  EXPECT_THROW(scheduler->step(noise_pred, 1, latents, noise), Error);
  EXPECT_THROW(scheduler->step(noise_pred, 3, latents, noise), Error);
  EXPECT_THROW(scheduler->step(std::span(noise_pred).first(3), 2, latents, noise), Error);
  scheduler->step(noise_pred, 2, latents, noise);
  scheduler->step(noise_pred, 3, latents, noise);
  EXPECT_THROW(scheduler->step(noise_pred, 4, latents, noise), Error);
  EXPECT_THROW(scheduler->scale_model_input(latents, 4, latents), Error);
  EXPECT_THROW(scheduler->add_noise(latents, noise_pred, 4), Error);
}

/// How far a run of twelve steps from `start` ends from the clean latents, where the model's answer is the true noise
/// or the way from image to noise. None for members whose answer would differ, that add noise, or may not start there.
std::optional<float> miss_of_a_model_that_knows(const std::string& name, std::size_t start) {
  if (name == "euler_ancestral" || name.find("lcm") != std::string::npos) return {};  // they add noise of their own
  if (name.starts_with("edm")) return {};  // whose answer differs from step to step
  const std::vector<float> clean = {0.5F, -0.25F, 0.75F, -1.0F, 0.1F, 0.9F};
  const std::vector<float> truth = {1.0F, -0.5F, 0.25F, 0.75F, -1.5F, 0.0F};
  std::vector<float> way = truth;
  for (std::size_t i = 0; i < way.size(); ++i) way[i] -= clean[i];
  const std::vector<float>& answer = name.starts_with("flow") ? way : truth;
  const Json config = {{"clip_sample", false}, {"set_alpha_to_one", true}, {"skip_prk_steps", true}};
  const auto scheduler = make_scheduler(config, name, {.num_inference_steps = 12});
  if (!scheduler->may_start_at(start)) return {};
  NoiseSource noise(0, 1);
  std::vector<float> latents = clean;
  scheduler->add_noise(latents, truth, start);
  for (std::size_t i = start; i < scheduler->timesteps().size(); ++i) scheduler->step(answer, i, latents, noise);
  float miss = 0;
  for (std::size_t i = 0; i < clean.size(); ++i) miss = std::max(miss, std::abs(latents[i] - clean[i]));
  return miss;
}

TEST(Scheduler, AModelThatKnowsTheAnswerIsBelieved) {
  for (const std::string& name : scheduler_names())
    EXPECT_LT(miss_of_a_model_that_knows(name, 0).value_or(0), 2e-3F) << name;
}

TEST(Scheduler, AndFromALateStartTooButByLmsAndPndm) {
  for (const std::string& name : scheduler_names())
    for (const std::size_t start : {4, 5}) {
      const auto miss = miss_of_a_model_that_knows(name, start);
      if (name == "pndm" || name.starts_with("lms"))  // as in diffusers
        EXPECT_GT(miss.value(), 2e-3F) << name;
      else
        EXPECT_LT(miss.value_or(0), 2e-3F) << name;
    }
}

TEST(Scheduler, AStartMayBeLateWhereAStepBegins) {
  const std::vector<float> zeros(2);
  for (const std::string& name : scheduler_names()) {
    const std::size_t count = make(name)->timesteps().size();
    for (std::size_t start = 0; start <= count; ++start) {
      const auto scheduler = make(name);
      const bool between = (name.starts_with("heun") || name == "flow_match_heun") && start % 2 == 1;
      const bool expected = start < count && !between && (name != "pndm" || start == 0);
      EXPECT_EQ(scheduler->may_start_at(start), expected) << name << " at " << start;
      NoiseSource noise(0, 1);
      std::vector<float> latents(2);
      if (expected)
        EXPECT_NO_THROW(scheduler->step(zeros, start, latents, noise)) << name << " at " << start;
      else
        EXPECT_THROW(scheduler->step(zeros, start, latents, noise), Error) << name << " at " << start;
    }
  }
  EXPECT_TRUE(make_scheduler({{"skip_prk_steps", true}}, "pndm", {.num_inference_steps = 4})->may_start_at(2));
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
