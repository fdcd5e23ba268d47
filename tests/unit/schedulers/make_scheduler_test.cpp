// Which scheduler a configuration or a name gives, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "schedulers/scheduler.h"

namespace veneer::schedulers {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

struct Refusal {
  ErrorCode code;
  std::string message;
};

Refusal refusal_of(const Json& config, std::string_view name = "", int steps = 5) {
  try {
    make_scheduler(config, name, {.num_inference_steps = steps});
  } catch (const Error& e) {
    return {e.code(), e.what()};
  }
  ADD_FAILURE() << "not refused: " << config.dump() << " " << name;
  return {ErrorCode::internal, ""};
}

/// Timesteps, sigmas and a run with a made-up model: equal for equal schedulers.
std::vector<float> trace(const Json& config, std::string_view name = "", int steps = 6) {
  const auto scheduler = make_scheduler(config, name, {.num_inference_steps = steps});
  std::vector<float> trace(scheduler->timesteps().begin(), scheduler->timesteps().end());
  trace.insert(trace.end(), scheduler->sigmas().begin(), scheduler->sigmas().end());
  NoiseSource noise(3, 1);
  std::vector<float> latents(4);
  noise.fill_normal(latents);
  std::vector<float> noise_pred(latents.size());
  for (std::size_t i = 0; i < scheduler->timesteps().size(); ++i) {
    scheduler->scale_model_input(latents, i, noise_pred);
    for (float& x : noise_pred) x = 0.3F * x + 0.1F;
    scheduler->step(noise_pred, i, latents, noise);
    trace.insert(trace.end(), latents.begin(), latents.end());
  }
  return trace;
}

const Json kStableDiffusion = {{"_class_name", "PNDMScheduler"},
                               {"_diffusers_version", "0.6.0"},
                               {"beta_start", 0.00085},
                               {"beta_end", 0.012},
                               {"beta_schedule", "scaled_linear"},
                               {"num_train_timesteps", 1000},
                               {"set_alpha_to_one", false},
                               {"skip_prk_steps", true},
                               {"steps_offset", 1},
                               {"trained_betas", nullptr},
                               {"clip_sample", false}};

const Json& diffusers_fields() {
  static const Json fields = read_scheduler_config(VENEER_SOURCE_DIR "/tests/golden/schedulers/fields.json");
  return fields;
}

TEST(MakeScheduler, AliasesAreTheirScheduler) {
  const std::pair<std::string_view, std::string_view> aliases[] = {{"plms", "pndm"},
                                                                   {"euler_a", "euler_ancestral"},
                                                                   {"dpm++_2m", "dpmpp_2m"},
                                                                   {"Euler a", "euler_ancestral"},
                                                                   {"DPM++ 2M Karras", "dpmpp_2m_karras"},
                                                                   {"UniPC", "unipc"},
                                                                   {"dpm++_2m_karras", "dpmpp_2m_karras"}};
  for (const auto& [alias, name] : aliases)
    EXPECT_EQ(trace(kStableDiffusion, alias), trace(kStableDiffusion, name)) << alias;
  EXPECT_EQ(trace(kStableDiffusion), trace(kStableDiffusion, "pndm"));
}

TEST(MakeScheduler, NoiseIsNotPredictedWhereThereIsNoSignal) {
  int refused = 0;
  for (const auto& [class_name, fields] : diffusers_fields().items()) {
    if (!fields.contains("rescale_betas_zero_snr")) continue;
    ++refused;
    const Json config = {{"_class_name", class_name}, {"rescale_betas_zero_snr", true}};
    const Refusal refusal = refusal_of(config);
    EXPECT_EQ(refusal.code, ErrorCode::unsupported) << class_name;
    EXPECT_EQ(refusal.message,
              "scheduler_config.json: rescale_betas_zero_snr: expected prediction_type v_prediction or sample with it, "
              "got epsilon: not supported: where the signal is zero, its noise says nothing of the image");
    Json fitting = config;
    fitting["prediction_type"] = "v_prediction";
    EXPECT_FALSE(trace(fitting).empty()) << class_name;
  }
  EXPECT_EQ(refused, 6);  // ddim, euler, euler_ancestral, dpmpp_2m, unipc, lcm
}

TEST(MakeScheduler, EveryListedNameWorksAndDiffers) {
  const std::vector<std::string> names = scheduler_names();
  EXPECT_THAT(names, testing::IsSupersetOf({"ddim", "lcm", "euler_karras", "dpmpp_2m_karras", "unipc_karras"}));
  EXPECT_THAT(names, testing::Not(testing::Contains("ddim_karras")));
  std::vector<std::vector<float>> traces;
  for (const std::string& name : names) traces.push_back(trace(kStableDiffusion, name));
  std::ranges::sort(traces);
  EXPECT_EQ(std::ranges::adjacent_find(traces), traces.end());
}

TEST(MakeScheduler, AnUnknownNameIsAnErrorThatListsTheNamesNearestFirst) {
  const Refusal refusal = refusal_of(kStableDiffusion, "dpmp_2m");
  EXPECT_EQ(refusal.code, ErrorCode::not_found);
  EXPECT_THAT(refusal.message, AllOf(StartsWith("scheduler: expected one of dpmpp_2m, "), HasSubstr("lcm"),
                                     testing::EndsWith("got \"dpmp_2m\"")));
  EXPECT_EQ(refusal_of(kStableDiffusion, "ddim_karras").code, ErrorCode::not_found);
  EXPECT_EQ(refusal_of(kStableDiffusion, "_karras").code, ErrorCode::not_found);
}

TEST(MakeScheduler, AnUnknownClassIsRefusedByName) {
  EXPECT_THAT(refusal_of({{"_class_name", "DDPMScheduler"}}).message,
              AllOf(HasSubstr("scheduler: expected one of DDIMScheduler"), HasSubstr("got \"DDPMScheduler\"")));
  EXPECT_EQ(refusal_of(Json::object()).code, ErrorCode::corrupt_file);
  EXPECT_EQ(refusal_of({{"_class_name", 7}}).code, ErrorCode::corrupt_file);
  EXPECT_EQ(refusal_of(Json::array()).code, ErrorCode::corrupt_file);
  EXPECT_EQ(refusal_of(Json::array(), "ddim").code, ErrorCode::corrupt_file);
}

TEST(MakeScheduler, DefaultsAreDiffusers) {
  for (const auto& [class_name, fields] : diffusers_fields().items()) {
    Json spelled_out = fields;
    spelled_out["_class_name"] = class_name;
    EXPECT_EQ(trace(spelled_out), trace({{"_class_name", class_name}})) << class_name;
  }
}

// A field that is not even looked at could change a picture in silence.
TEST(MakeScheduler, LooksAtEveryFieldThatDiffusersReads) {
  const std::vector<std::string> without_effect = {"dynamic_thresholding_ratio", "sample_max_value", "flow_shift",
                                                   "upscale_mode", "time_shift_type"};
  for (const auto& [class_name, fields] : diffusers_fields().items()) {
    for (const auto& [field, unused] : fields.items()) {
      if (std::ranges::find(without_effect, field) != without_effect.end()) continue;
      if (class_name == "LCMScheduler" && (field == "timestep_spacing" || field == "steps_offset")) continue;
      const Refusal refusal = refusal_of({{"_class_name", class_name}, {field, Json::object()}});
      EXPECT_THAT(refusal.message, StartsWith("scheduler_config.json: " + field + ": expected ")) << class_name;
    }
  }
}

TEST(MakeScheduler, RefusesWhatIsNotImplementedByName) {
  const auto message = [](std::string_view class_name, const char* field, const Json& value) {
    const Refusal refusal = refusal_of({{"_class_name", class_name}, {field, value}});
    EXPECT_EQ(refusal.code, ErrorCode::unsupported);
    return refusal.message;
  };
  EXPECT_EQ(message("DDIMScheduler", "thresholding", true),
            "scheduler_config.json: thresholding: expected false, got true: not supported");
  EXPECT_THAT(message("DPMSolverMultistepScheduler", "algorithm_type", "sde-dpmsolver++"), HasSubstr("algorithm_type"));
  EXPECT_THAT(message("DPMSolverMultistepScheduler", "prediction_type", "flow_prediction"),
              HasSubstr("prediction_type"));
  EXPECT_THAT(message("FlowMatchEulerDiscreteScheduler", "invert_sigmas", true), HasSubstr("invert_sigmas"));
  EXPECT_THAT(message("FlowMatchLCMScheduler", "scale_factors", {0.5, 1.0}), HasSubstr("scale_factors"));
  EXPECT_THAT(message("EDMDPMSolverMultistepScheduler", "algorithm_type", "sde-dpmsolver++"),
              HasSubstr("algorithm_type"));
  EXPECT_THAT(message("EulerDiscreteScheduler", "interpolation_type", "log_linear"), HasSubstr("interpolation_type"));
  EXPECT_THAT(message("EulerAncestralDiscreteScheduler", "prediction_type", "sample"), HasSubstr("prediction_type"));
  EXPECT_THAT(message("UniPCMultistepScheduler", "predict_x0", false), HasSubstr("predict_x0"));
  EXPECT_THAT(message("UniPCMultistepScheduler", "solver_type", "bh1"), HasSubstr("final_sigmas_type"));
  EXPECT_THAT(message("DDIMScheduler", "beta_schedule", "exp"), HasSubstr("beta_schedule"));
  EXPECT_THAT(message("DDIMScheduler", "timestep_spacing", "sideways"), HasSubstr("leading or trailing or linspace"));
  EXPECT_THAT(message("DDIMScheduler", "clip_smaple", false), HasSubstr("clip_smaple"));
}

TEST(MakeScheduler, AFieldOfAnotherSchedulerIsPassedOver) {
  Json with = {{"_class_name", "DDIMScheduler"}, {"skip_prk_steps", true}, {"_note", 1}};
  EXPECT_EQ(trace(with), trace({{"_class_name", "DDIMScheduler"}}));
  // from_config: what the named scheduler does not know, it does not mind.
  with["brand_new"] = 1;
  EXPECT_EQ(trace(with, "euler"), trace({{"_class_name", "EulerDiscreteScheduler"}}));
  EXPECT_EQ(refusal_of(with, "ddim").code, ErrorCode::unsupported);
}

TEST(MakeScheduler, FieldsThatWereDefaultsAreNotTakenOver) {
  const Json config = {
      {"_class_name", "DDIMScheduler"}, {"timestep_spacing", "leading"}, {"_use_default_values", {"timestep_spacing"}}};
  EXPECT_EQ(trace(config, "euler"), trace({{"_class_name", "EulerDiscreteScheduler"}}));
}

TEST(MakeScheduler, AKarrasNameSetsTheFieldAndAPlainNameLeavesIt) {
  Json karras = kStableDiffusion;
  karras["use_karras_sigmas"] = true;
  EXPECT_EQ(trace(karras, "euler"), trace(kStableDiffusion, "euler_karras"));
  EXPECT_NE(trace(karras, "euler"), trace(kStableDiffusion, "euler"));
  karras["use_exponential_sigmas"] = true;
  EXPECT_EQ(refusal_of(karras, "euler").code, ErrorCode::invalid_argument);
}

const Json kFlux = {{"_class_name", "FlowMatchEulerDiscreteScheduler"},
                    {"shift", 3.0},
                    {"use_dynamic_shifting", true},
                    {"base_image_seq_len", 256},
                    {"max_image_seq_len", 4096}};

/// The message that refuses the request.
std::string refusal_of_request(const Json& config, std::string_view name, const ScheduleRequest& request) {
  try {
    (void)make_scheduler(config, name, request);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << error.what();
    return error.what();
  }
  return "";
}

TEST(MakeScheduler, DynamicShiftingAsksForTheLengthOfTheImage) {
  const auto first_below_one = [](int length) {
    return make_scheduler(kFlux, "", {.num_inference_steps = 4, .image_sequence_length = length})->sigmas()[1];
  };
  EXPECT_GT(first_below_one(4096), first_below_one(256)) << "more noise for longer in larger pictures";
  EXPECT_EQ(refusal_of_request(kFlux, "", {.num_inference_steps = 4}),
            "image_sequence_length: expected 1 or more for use_dynamic_shifting, got 0");
}

TEST(MakeScheduler, SigmasByHandAreOneAStepAndFall) {
  const auto refusal = [](std::string_view name, std::vector<double> sigmas) {
    return refusal_of_request({{"_class_name", "FlowMatchEulerDiscreteScheduler"}}, name,
                              {.num_inference_steps = 2, .sigmas = std::move(sigmas)});
  };
  EXPECT_EQ(refusal("", {0.9, 0.4}), "");
  EXPECT_EQ(refusal("", {0.9}), "sigmas: expected num_inference_steps = 2 numbers, got 1");
  for (const std::vector<double>& bad : {std::vector{0.4, 0.9}, {0.5, 0.5}, {1.5, 0.5}, {0.5, 0.0}, {0.5, -1.0}})
    EXPECT_THAT(refusal("", bad), StartsWith("sigmas: expected numbers that fall from at most 1 towards 0, got "));
  EXPECT_EQ(refusal("flow_match_heun", {0.9, 0.4}), "flow_match_heun: expected no sigmas given by hand, got 2");
  EXPECT_EQ(refusal("euler", {0.9, 0.4}), "euler: expected no sigmas given by hand, got 2");
}

TEST(CheckFormulation, RefusesWhatTheModelCannotBeSampledWith) {
  constexpr Formulation kFlow[] = {Formulation::flow_matching};
  constexpr Formulation kXl[] = {Formulation::diffusion, Formulation::edm};
  check_formulation(kFlux, "", kFlow);
  check_formulation(kFlux, "flow_match_euler_karras", kFlow);
  check_formulation(kStableDiffusion, "edm_euler", kXl);
  try {
    check_formulation(kFlux, "euler_a", kFlow);
    FAIL() << "not refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    EXPECT_STREQ(error.what(),
                 "scheduler: expected one of flow_match_euler, flow_match_heun, flow_match_lcm for this model, got "
                 "euler_ancestral: not supported");
  }
  EXPECT_THROW(check_formulation(kFlux, "", kXl), Error);
}

TEST(MakeScheduler, AStepBetweenEqualSigmasIsRefusedWhereItWouldBeNaN) {
  Json config = {{"_class_name", "EDMDPMSolverMultistepScheduler"}, {"final_sigmas_type", "sigma_min"}};
  EXPECT_FALSE(trace(config, "", 14).empty()) << "of order 1, as always where steps are few";
  EXPECT_THAT(refusal_of(config, "", 15).message, HasSubstr("final_sigmas_type: expected zero"));
  config["euler_at_final"] = true;
  EXPECT_FALSE(trace(config, "", 15).empty());
}

TEST(SchedulerName, IsTheOneThatMakeSchedulerMakes) {
  for (const std::string& name : scheduler_names()) EXPECT_EQ(scheduler_name(kStableDiffusion, name), name);
  EXPECT_EQ(scheduler_name(kStableDiffusion, ""), "pndm");
  EXPECT_EQ(scheduler_name(kStableDiffusion, "k_euler_a"), "euler_ancestral");
  EXPECT_EQ(scheduler_name(kStableDiffusion, "dpm++_2m_karras"), "dpmpp_2m_karras");
  EXPECT_THROW(scheduler_name(kStableDiffusion, "dpmp_2m"), Error);
  EXPECT_THROW(scheduler_name({{"_class_name", "DDPMScheduler"}}, ""), Error);
}

TEST(SchedulerName, SaysKarrasWhereTheConfigurationAsksForIt) {
  Json config = {{"_class_name", "EulerDiscreteScheduler"}, {"use_karras_sigmas", true}};
  EXPECT_EQ(scheduler_name(config, ""), "euler_karras");
  EXPECT_EQ(scheduler_name(config, "heun"), "heun_karras");
  EXPECT_EQ(scheduler_name(config, "uni_pc_karras"), "unipc_karras");
  EXPECT_EQ(scheduler_name(config, "euler_a"), "euler_ancestral") << "which has no such field";
  config["_use_default_values"] = {"use_karras_sigmas"};
  EXPECT_EQ(scheduler_name(config, "heun"), "heun");
}

TEST(MakeScheduler, WrongTypesAndRangesAreErrorsThatNameTheField) {
  const std::pair<const char*, Json> bad[] = {{"num_train_timesteps", "1000"},
                                              {"num_train_timesteps", 1},
                                              {"num_train_timesteps", 1e300},
                                              {"num_train_timesteps", -5},
                                              {"beta_start", nullptr},
                                              {"beta_end", 1.5},
                                              {"beta_start", "Infinity"},
                                              {"steps_offset", -1},
                                              {"steps_offset", 18446744073709551615ULL},
                                              {"clip_sample", 1},
                                              {"trained_betas", {0.1, "x"}},
                                              {"trained_betas", {0.1, 0.2}},
                                              {"clip_sample_range", 0},
                                              {"beta_schedule", Json::array()}};
  for (const auto& [field, value] : bad) {
    const Refusal refusal = refusal_of({{"_class_name", "DDIMScheduler"}, {field, value}});
    EXPECT_EQ(refusal.code, ErrorCode::corrupt_file) << refusal.message;
    EXPECT_THAT(refusal.message, HasSubstr(field));
  }
  EXPECT_EQ(
      refusal_of({{"_class_name", "DDIMScheduler"}, {"num_train_timesteps", 2}, {"trained_betas", {0.5, 2.0}}}, "", 1)
          .code,
      ErrorCode::corrupt_file);
}

TEST(MakeScheduler, StepsOutOfRangeAreRefused) {
  for (const std::string& name : scheduler_names()) {
    for (const int steps : {0, -1, 1001}) {
      const Refusal refusal = refusal_of(kStableDiffusion, name, steps);
      EXPECT_EQ(refusal.code, ErrorCode::invalid_argument) << name;
      EXPECT_THAT(refusal.message, StartsWith("num_inference_steps: expected")) << name;
    }
  }
  EXPECT_EQ(refusal_of(kStableDiffusion, "lcm", 51).code, ErrorCode::invalid_argument);
  EXPECT_EQ(refusal_of({{"_class_name", "PNDMScheduler"}}, "", 3).code, ErrorCode::invalid_argument);
  // 1000 leading timesteps and an offset of one reach timestep 1000, which the model was not trained on.
  EXPECT_THAT(refusal_of(kStableDiffusion, "ddim", 1000).message, HasSubstr("steps_offset"));
}

TEST(MakeScheduler, TrailingSpacingHasNoTimestepBelowZero) {
  for (const char* name : {"ddim", "euler", "dpmpp_2m", "unipc"}) {
    Json config = kStableDiffusion;
    config["timestep_spacing"] = "trailing";
    for (const int steps : {60, 61, 103, 998}) {
      const auto scheduler = make_scheduler(config, name, {.num_inference_steps = steps});
      EXPECT_EQ(scheduler->timesteps().size(), static_cast<std::size_t>(steps)) << name;
      EXPECT_GE(scheduler->timesteps().back(), 0.0F);
    }
  }
}

}  // namespace
}  // namespace veneer::schedulers
