// Whole models against diffusers and transformers: configuration and weights of tests/golden/tiny -> Graph ->
// interpreter and compiled plan, compared with what the reference computed (tests/golden/models).
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "checkpoint/checkpoint.h"
#include "models/autoencoder_kl.h"
#include "models/clip_text.h"
#include "models/unet_2d_condition.h"
#include "support/golden.h"
#include "support/interpreter.h"
#include "support/layout.h"
#include "support/run_plan.h"

namespace veneer::models {
namespace {

using checkpoint::Checkpoint;
using testing_support::channels_last;
using testing_support::close;
using testing_support::golden_path;
using testing_support::interpret;
using testing_support::load_golden;

constexpr testing_support::Tolerance kTolerance{.of_range = 1e-4};

/// A model of tests/golden/tiny, whose goldens stand in tests/golden/models.
struct Case {
  std::string folder;
  std::string golden;
  friend void PrintTo(const Case& c, std::ostream* out) { *out << c.folder; }
};

std::string test_name(const testing::TestParamInfo<Case>& info) {
  return info.param.golden;
}

template <class Config>
Config read_config(const std::filesystem::path& folder) {
  const auto path = folder / "config.json";
  return Config::from_json(read_json_file(path), path.string());
}

/// Sample `index` of a batch.
std::span<const float> sample_of(const Tensor& values, std::int64_t index) {
  const std::size_t size = values.f32().size() / static_cast<std::size_t>(values.dim(0));
  return values.f32().subspan(static_cast<std::size_t>(index) * size, size);
}

/// As a compiled plan: sample by sample, because a plan knows one timestep for all of them.
void expect_plan_output(const graph::Graph& graph, const testing_support::NamedTensors& inputs, const std::string& name,
                        const Tensor& expected) {
  const auto timestep = inputs.find("timestep");
  if (timestep == inputs.end()) {
    EXPECT_TRUE(close(testing_support::run_plan(graph, inputs).at(name), expected, kTolerance)) << "the compiled plan";
    return;
  }
  const std::int64_t batch = timestep->second.size();
  for (std::int64_t n = 0; n < batch; ++n) {
    const float own = timestep->second.f32()[static_cast<std::size_t>(n)];
    testing_support::NamedTensors shared = inputs;
    shared["timestep"] = Tensor::from_f32({batch}, std::vector<float>(static_cast<std::size_t>(batch), own));
    const Tensor output = testing_support::run_plan(graph, shared).at(name);
    EXPECT_TRUE(close(sample_of(output, n), sample_of(expected, n), kTolerance)) << "the compiled plan, sample " << n;
  }
}

/// Interpreted, and as a compiled plan.
void expect_output(const graph::Graph& graph, const testing_support::NamedTensors& inputs, const std::string& name,
                   const Tensor& expected) {
  EXPECT_TRUE(close(interpret(graph, inputs).at(name), expected, kTolerance));
  expect_plan_output(graph, inputs, name, expected);
}

class UnetParity : public testing::TestWithParam<Case> {};

TEST_P(UnetParity, EqualsTheReference) {
  const auto folder = golden_path("tiny") / GetParam().folder;
  const auto config = read_config<UnetConfig>(folder);
  const Checkpoint weights = Checkpoint::open(folder);
  const Checkpoint golden = load_golden("models/" + GetParam().golden);
  for (const std::string name : {"square.", "odd."}) {
    SCOPED_TRACE(name);
    const Tensor sample = channels_last(golden.at(name + "sample"));
    const Tensor& text = golden.at(name + "encoder_hidden_states");
    const graph::Graph graph = build_unet(config, weights, {sample.dim(0), sample.dim(1), sample.dim(2), text.dim(1)});
    expect_output(graph,
                  {{"sample", sample}, {"timestep", golden.at(name + "timestep")}, {"encoder_hidden_states", text}},
                  "noise_pred", channels_last(golden.at(name + "output")));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, UnetParity,
    testing::Values(
        Case{"sd1/unet", "sd1_unet"}, Case{"sd2/unet", "sd2_unet"}, Case{"unet_small", "unet_small"},
        Case{"unet_act_gelu", "unet_act_gelu"}, Case{"unet_asymmetric_down", "unet_asymmetric_down"},
        Case{"unet_centred", "unet_centred"}, Case{"unet_cosine_first", "unet_cosine_first"},
        Case{"unet_down_first", "unet_down_first"}, Case{"unet_four_levels", "unet_four_levels"},
        Case{"unet_head_list", "unet_head_list"}, Case{"unet_kernels", "unet_kernels"},
        Case{"unet_layer_lists", "unet_layer_lists"}, Case{"unet_linear_projection", "unet_linear_projection"},
        Case{"unet_mid_scale", "unet_mid_scale"}, Case{"unet_nine_channels", "unet_nine_channels"},
        Case{"unet_no_attention", "unet_no_attention"}, Case{"unet_no_mid", "unet_no_mid"},
        Case{"unet_norm_eps", "unet_norm_eps"}, Case{"unet_one_level", "unet_one_level"},
        Case{"unet_only_cross_attention", "unet_only_cross_attention"}, Case{"unet_out_scale", "unet_out_scale"},
        Case{"unet_plain_mid", "unet_plain_mid"}, Case{"unet_reverse_layers", "unet_reverse_layers"},
        Case{"unet_skip_time_act", "unet_skip_time_act"}, Case{"unet_time_activation", "unet_time_activation"},
        Case{"unet_time_embedding_dim", "unet_time_embedding_dim"}),
    test_name);

TEST(UnetRefusals, NameTheFieldAndTheFile) {
  const auto message = [](const std::string& folder) -> std::string {
    try {
      (void)read_config<UnetConfig>(golden_path("tiny") / folder);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::unsupported);
      return e.what();
    }
    return "accepted";
  };
  const auto path = [](const std::string& folder) { return (golden_path("tiny") / folder / "config.json").string(); };
  EXPECT_EQ(message("unet_scale_shift"), path("unet_scale_shift") +
                                             ": resnet_time_scale_shift: expected \"default\", got \"scale_shift\": "
                                             "not supported");
  EXPECT_EQ(message("unet_class_labels"),
            path("unet_class_labels") + ": num_class_embeds: expected null, got 5: not supported");
}

class ClipTextParity : public testing::TestWithParam<Case> {};

TEST_P(ClipTextParity, EqualsTheReference) {
  const auto folder = golden_path("tiny") / GetParam().folder;
  const auto config = read_config<ClipTextConfig>(folder);
  const Checkpoint weights = Checkpoint::open(folder);
  const Checkpoint golden = load_golden("models/" + GetParam().golden);
  const Tensor ids = testing_support::to_i32(golden.at("input_ids"));
  const auto expect_encoded = [&](std::int64_t clip_skip, const Tensor& expected) {
    const graph::Graph graph = build_clip_text(config, weights, {ids.dim(0), ids.dim(1)}, {.clip_skip = clip_skip});
    expect_output(graph, {{"input_ids", ids}}, "hidden_states", expected);
  };
  expect_encoded(0, golden.at("last_hidden_state"));
  expect_encoded(1, golden.at("clip_skip_1"));
  expect_encoded(2, golden.at("clip_skip_2"));
}

INSTANTIATE_TEST_SUITE_P(Models, ClipTextParity,
                         testing::Values(Case{"sd1/text_encoder", "sd1_text_encoder"},
                                         Case{"sd2/text_encoder", "sd2_text_encoder"}),
                         test_name);

/// Stable Diffusion XL's: pooled text and sizes beside the timestep.
TEST(UnetXlParity, EqualsTheReference) {
  const auto folder = golden_path("tiny/sdxl/unet");
  const auto config = read_config<UnetConfig>(folder);
  const Checkpoint weights = Checkpoint::open(folder);
  const Checkpoint golden = load_golden("models/sdxl_unet");
  for (const std::string name : {"square.", "odd."}) {
    SCOPED_TRACE(name);
    const Tensor sample = channels_last(golden.at(name + "sample"));
    const Tensor &text = golden.at(name + "encoder_hidden_states"), &pooled = golden.at(name + "text_embeds");
    const graph::Graph graph =
        build_unet(config, weights, {sample.dim(0), sample.dim(1), sample.dim(2), text.dim(1), pooled.dim(1)});
    const auto outputs = interpret(graph, {{"sample", sample},
                                           {"timestep", golden.at(name + "timestep")},
                                           {"encoder_hidden_states", text},
                                           {"text_embeds", pooled},
                                           {"time_ids", golden.at(name + "time_ids")}});
    EXPECT_TRUE(close(outputs.at("noise_pred"), channels_last(golden.at(name + "output")), kTolerance));
  }
}

struct PooledCase {
  std::string folder, golden;
  ClipTextPooling pooling;
};

class ClipPoolingParity : public testing::TestWithParam<PooledCase> {};

TEST_P(ClipPoolingParity, EqualsTheReference) {
  const auto folder = golden_path("tiny") / GetParam().folder;
  const auto config = read_config<ClipTextConfig>(folder);
  const Checkpoint weights = Checkpoint::open(folder), golden = load_golden("models/" + GetParam().golden);
  const Tensor ids = testing_support::to_i32(golden.at("input_ids"));
  std::vector<std::int32_t> ends;
  const auto* first = reinterpret_cast<const std::int32_t*>(ids.bytes().data());
  for (std::int64_t row = 0; row < ids.dim(0); ++row)
    ends.push_back(config.end_position(
        std::span(first, static_cast<std::size_t>(ids.size()))
            .subspan(static_cast<std::size_t>(row * ids.dim(1)), static_cast<std::size_t>(ids.dim(1)))));
  EXPECT_EQ(ends, (std::vector<std::int32_t>{6, 76}));
  const graph::Graph graph = build_clip_text(config, weights, {ids.dim(0), ids.dim(1)},
                                             {.states = ClipTextStates::penultimate, .pooling = GetParam().pooling});
  const auto outputs = interpret(graph, {{"input_ids", ids}, {"end", testing_support::from_i32({ids.dim(0)}, ends)}});
  EXPECT_TRUE(close(outputs.at("hidden_states"), golden.at("hidden_states_2"), kTolerance));
  EXPECT_TRUE(close(outputs.at("pooled"), golden.at("pooled"), kTolerance));
}

INSTANTIATE_TEST_SUITE_P(
    Models, ClipPoolingParity,
    testing::Values(PooledCase{"sdxl/text_encoder", "sdxl_text_encoder", ClipTextPooling::end_token},
                    PooledCase{"sdxl/text_encoder_2", "sdxl_text_encoder_2", ClipTextPooling::projected}),
    [](const auto& suite) { return suite.param.golden; });

class AutoencoderParity : public testing::TestWithParam<Case> {
 protected:
  std::filesystem::path folder_ = golden_path("tiny") / GetParam().folder;
  AutoencoderKlConfig config_ = read_config<AutoencoderKlConfig>(folder_);
  Checkpoint weights_ = Checkpoint::open(folder_);
  Checkpoint golden_ = load_golden("models/" + GetParam().golden);
};

TEST_P(AutoencoderParity, DecodesAsTheReference) {
  for (const std::string name : {"square.", "odd."}) {
    SCOPED_TRACE(name);
    // The reference's decode() takes latents that are scaled back already; what it gives for x, we give for x * factor.
    std::vector<float> values = channels_last(golden_.at(name + "latents")).to_f32();
    for (float& value : values) value *= static_cast<float>(config_.scaling_factor);
    const Tensor latents = Tensor::from_f32(channels_last(golden_.at(name + "latents")).shape(), values);
    const graph::Graph graph = build_decoder(config_, weights_, {latents.dim(0), latents.dim(1), latents.dim(2)});
    expect_output(graph, {{"latents", latents}}, "images", channels_last(golden_.at(name + "image")));
  }
}

TEST_P(AutoencoderParity, EncodesAsTheReference) {
  for (const std::string name : {"square.", "odd.", "ragged."}) {
    SCOPED_TRACE(name);
    const Tensor images = channels_last(golden_.at(name + "encode_image"));
    const graph::Graph graph = build_encoder(config_, weights_, {images.dim(0), images.dim(1), images.dim(2)});
    expect_output(graph, {{"images", images}}, "moments", channels_last(golden_.at(name + "moments")));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, AutoencoderParity,
    testing::Values(Case{"sd1/vae", "sd1_vae"}, Case{"sd2/vae", "sd2_vae"}, Case{"vae_small", "vae_small"},
                    Case{"vae_no_mid_attention", "vae_no_mid_attention"}, Case{"vae_no_quant", "vae_no_quant"},
                    Case{"vae_three_levels", "vae_three_levels"}, Case{"vae_old_names", "vae_old_names"}),
    test_name);

}  // namespace
}  // namespace veneer::models
