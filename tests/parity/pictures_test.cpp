// Whole pictures against diffusers: every scheduler, with and without adapters, in each adapter mode.
#include <gtest/gtest.h>

#include "base/json.h"
#include "pipelines/pipeline.h"
#include "support/configuration.h"
#include "support/golden.h"
#include "support/scratch.h"

namespace veneer::pipelines {
namespace {

using adapters::AdapterMode;
using testing_support::golden_path;
using testing_support::load_golden;

constexpr double kLeastPsnr = 70;                                 // dB, against diffusers' f32 picture before rounding
constexpr testing_support::Tolerance kLatents{.of_range = 2e-4};  // the largest error seen is 7e-5

std::vector<std::string> goldens_named(const std::string& folder, const std::string& prefix) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(golden_path(folder)))
    if (entry.path().stem().string().starts_with(prefix)) names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

SizeConditioning read_sizes(const Json& json, const std::string& prefix) {
  const auto pair = [&](const std::string& field) {
    const Json value = json.value(prefix + field, Json());
    return value.is_null() ? std::nullopt : std::optional(PixelSize{value[0], value[1]});
  };
  const PixelSize crop = pair("crops_coords_top_left").value_or(PixelSize{});
  return {pair("original_size"), pair("target_size"), crop.height, crop.width};
}

Request read_request(const Json& json, Pipeline& pipeline) {
  Request request;
  request.prompt = json.at("prompt");
  const auto text = [&](const char* field) {
    return json.contains(field) ? std::optional(json.at(field).get<std::string>()) : std::nullopt;
  };
  request.negative_prompt = text("negative_prompt");
  request.prompt_2 = text("prompt_2");
  request.prompt_3 = text("prompt_3");
  request.negative_prompt_3 = text("negative_prompt_3");
  if (json.contains("true_cfg_scale")) request.true_cfg_scale = json.at("true_cfg_scale").get<float>();
  if (json.contains("max_sequence_length")) request.max_sequence_length = json.at("max_sequence_length").get<int>();
  request.negative_prompt_2 = text("negative_prompt_2");
  request.sizes = read_sizes(json, "");
  request.negative_sizes = read_sizes(json, "negative_");
  request.seed = json.at("seed");
  request.num_inference_steps = json.at("steps").get<int>();
  request.guidance_scale = json.at("guidance_scale").get<float>();
  request.width = json.at("width");
  request.height = json.at("height");
  request.num_images = json.at("num_images");
  request.scheduler = json.value("scheduler", "");
  for (const Json& lora : json.value("loras", Json::array()))
    request.adapters.push_back(
        {pipeline.load_adapter(golden_path(lora.at("path").get<std::string>())), lora.at("weight")});
  return request;
}

/// The golden's model, with the golden's own files in place of the model's where it has some.
std::filesystem::path model_folder(const Json& config, const testing_support::ScratchFolder& copy) {
  const auto model = golden_path(config.at("model").get<std::string>());
  const Json files = config.value("files", Json::object());
  if (files.empty()) return model;
  std::filesystem::copy(model, copy.path(), std::filesystem::copy_options::recursive);
  for (const auto& [path, content] : files.items()) copy.write(path, content.dump());
  return copy.path();
}

class Pictures : public testing::TestWithParam<std::string> {};

TEST_P(Pictures, EqualDiffusers) {
  const auto golden = load_golden("models/" + GetParam());
  const Json config = parse_json(golden.metadata().at("config"), GetParam());
  const testing_support::ScratchFolder copy;
  const testing_support::Configuration configuration = testing_support::configured({});
  Pipeline pipeline(model_folder(config, copy), configuration.options);
  testing_support::make_before(pipeline, configuration.before);
  Request request = read_request(config.at("request"), pipeline);
  std::vector<AdapterMode> modes = {AdapterMode::automatic};
  if (!request.adapters.empty()) modes.insert(modes.end(), {AdapterMode::merge, AdapterMode::branch});
  for (const AdapterMode mode : modes) {
    request.adapter_mode = mode;
    const Result result = pipeline.generate(request);
    EXPECT_GE(testing_support::psnr(result.images, golden.at("images")), kLeastPsnr)
        << "mode " << static_cast<int>(mode);
    EXPECT_TRUE(testing_support::close(result.latents, golden.at("final_latents"), kLatents))
        << "mode " << static_cast<int>(mode);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Pictures, testing::ValuesIn(goldens_named("models", "picture_")),
                         [](const auto& suite) { return suite.param; });

TEST(DemoPictures, EqualDiffusers) {
  const std::filesystem::path folder = std::filesystem::path(VENEER_SOURCE_DIR) / "models/demo";
  Pipeline pipeline(folder, {});
  int pictures = 0;
  for (const std::string name : {"base_castle", "ink_red_apple", "flat_rocket", "gloss_cat_face"}) {
    const std::string style = name.substr(0, name.find('_'));
    Request request{.prompt = name.substr(style.size() + 1), .seed = 7, .num_inference_steps = 25, .guidance_scale = 3};
    std::ranges::replace(request.prompt, '_', ' ');
    if (style != "base")
      request.adapters = {{pipeline.load_adapter(folder / "adapters" / (style + ".safetensors")), 1}};
    const Result result = pipeline.generate(request);
    EXPECT_GE(testing_support::psnr(result.images, load_golden("demo/" + name).at("images")), kLeastPsnr) << name;
    ++pictures;
  }
  EXPECT_EQ(pictures, 4);
  EXPECT_EQ(pipeline.statistics().plans_compiled, 3);
}

}  // namespace
}  // namespace veneer::pipelines
