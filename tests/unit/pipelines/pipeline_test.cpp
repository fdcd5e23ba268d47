// What the pipeline's folder and its requests may not be. Pictures: tests/parity/pictures_test.cpp.
#include "pipelines/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "support/golden.h"
#include "support/scratch.h"

namespace veneer::pipelines {
namespace {

using testing::HasSubstr;
using testing_support::ScratchFolder;

std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

constexpr std::int64_t kPixelsALatent = 4;  // of tiny/sd1

class PipelineFolder : public testing::Test {
 protected:
  PipelineFolder() {
    std::filesystem::copy(testing_support::golden_path("tiny/sd1"), folder_.path(),
                          std::filesystem::copy_options::recursive);
  }

  void change(const std::string& file, const std::string& field, const Json& value) {
    Json json = read_json_file(folder_.path() / file);
    json[field] = value;
    folder_.write(file, json.dump());
  }
  std::string opening(const Options& options = {}) {
    return message_of([&] { Pipeline(folder_.path(), options); });
  }

  const ScratchFolder folder_;
};

TEST_F(PipelineFolder, IdsBeyondTheTextEncodersTableAreRefused) {
  Json config = read_json_file(folder_.path() / "tokenizer/tokenizer_config.json");
  config.erase("added_tokens_decoder");
  config["additional_special_tokens"] = {"<cat>"};
  folder_.write("tokenizer/tokenizer_config.json", config.dump());
  EXPECT_THAT(opening(), HasSubstr("tokenizer: expected ids below 1333 (text_encoder's vocab_size), got 1333 for "
                                   "\"<cat>\""));
}

TEST_F(PipelineFolder, ComponentsThatDoNotFitAreRefused) {
  change("unet/config.json", "out_channels", 8);
  EXPECT_THAT(opening(), HasSubstr("unet/config.json: out_channels: expected 4 (its in_channels), got 8"));
  change("unet/config.json", "out_channels", 4);
  change("vae/config.json", "latent_channels", 8);
  EXPECT_THAT(opening(), HasSubstr("vae/config.json: latent_channels: expected 4 (unet's in_channels), got 8"));
  change("vae/config.json", "latent_channels", 4);
  change("vae/config.json", "out_channels", 1);
  EXPECT_THAT(opening(), HasSubstr("vae/config.json: out_channels: expected 3 (red, green, blue), got 1"));
}

TEST_F(PipelineFolder, TeamsLargerThanTheBudgetAreRefused) {
  EXPECT_THAT(opening({.threads = 2, .team = 3}), HasSubstr("team: expected 0 to 2 threads, got 3"));
}

TEST_F(PipelineFolder, OldUnetsWithASmallSampleSizeAreForSixtyFour) {
  const auto latents = [&](const char* version, int sample_size) {
    change("unet/config.json", "_diffusers_version", version);
    change("unet/config.json", "sample_size", sample_size);
    return Pipeline(folder_.path(), {}).default_size() / kPixelsALatent;
  };
  EXPECT_EQ(latents("0.6.0", 32), 64);
  EXPECT_EQ(latents("0.9.0", 32), 32);
  EXPECT_EQ(latents("0.10.0", 32), 32);
  EXPECT_EQ(latents("0.6.0", 96), 96);
}

TEST_F(PipelineFolder, TheSchedulersClassIsTheIndexs) {
  change("model_index.json", "scheduler", {"diffusers", "EulerDiscreteScheduler"});
  EXPECT_EQ(Pipeline(folder_.path(), {}).scheduler_config("").at("_class_name"), "EulerDiscreteScheduler");
}

TEST_F(PipelineFolder, SchedulersAreCorrectedAsTheReferenceDoes) {
  folder_.write("scheduler/scheduler_config.json",
                R"({"_class_name": "DDIMScheduler", "steps_offset": 0, "clip_sample": true,
                    "_use_default_values": ["clip_sample"]})");
  const Pipeline pipeline(folder_.path(), {});
  const Json own = pipeline.scheduler_config(""), other = pipeline.scheduler_config("lcm");
  EXPECT_EQ(own.at("steps_offset"), 1);
  EXPECT_EQ(own.at("clip_sample"), false);
  EXPECT_EQ(other.at("steps_offset"), 1);
  EXPECT_FALSE(other.contains("clip_sample"));  // a default of the model's own scheduler
}

TEST(PipelineRequest, AdapterChangesLieWithinTheSteps) {
  Pipeline pipeline(testing_support::golden_path("tiny/sd1"), {});
  Request request{.num_inference_steps = 3, .width = 16, .height = 16, .scheduler = "euler"};
  for (const int step : {-1, 3}) {
    request.adapter_changes = {{step, {}}};
    EXPECT_EQ(message_of([&] { (void)pipeline.generate(request); }),
              fmt::format("adapter_changes: expected steps from 0 to 2, got {}", step));
  }
  EXPECT_EQ(pipeline.statistics().plans_compiled, 0);
}

TEST(PipelineRequest, NoAdapterIsNoAdapter) {
  Pipeline pipeline(testing_support::golden_path("tiny/sd1"), {});
  EXPECT_EQ(message_of([&] {
              (void)pipeline.generate({.adapters = {{nullptr, 1.0f}}});
            }),
            "adapters: expected an adapter, got null");
}

}  // namespace
}  // namespace veneer::pipelines
