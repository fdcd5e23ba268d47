// The transformers of Stable Diffusion 3 and Flux and the T5 encoder against diffusers and transformers: configuration
// and weights of tests/golden/tiny -> Graph -> interpreter and compiled plan, compared with what the reference computed
// (tests/golden/models, written by tools/reference/transformer_goldens.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "checkpoint/checkpoint.h"
#include "graph/partition.h"
#include "graph/slots.h"
#include "models/flux_transformer.h"
#include "models/sd3_transformer.h"
#include "models/t5_encoder.h"
#include "support/golden.h"
#include "support/interpreter.h"
#include "support/layout.h"
#include "support/run_plan.h"

namespace veneer::models {
namespace {

using checkpoint::Checkpoint;
using testing::HasSubstr;
using testing_support::channels_last;
using testing_support::close;
using testing_support::golden_path;
using testing_support::load_golden;
using testing_support::NamedTensors;

constexpr testing_support::Tolerance kTolerance{.of_range = 1e-4};

template <class Config>
Config read_config(const std::filesystem::path& folder) {
  const auto path = folder / "config.json";
  return Config::from_json(read_json_file(path), path.string());
}

/// The graph's only output equals the reference, by the interpreter and by a compiled plan.
void expect_gives(const graph::Graph& graph, const NamedTensors& inputs, const Tensor& expected) {
  const std::string& output = graph.outputs().front().name;
  EXPECT_TRUE(close(testing_support::interpret(graph, inputs).at(output), expected, kTolerance)) << "interpreter";
  EXPECT_TRUE(close(testing_support::run_plan(graph, inputs).at(output), expected, kTolerance)) << "plan";
}

class Sd3Parity : public testing::TestWithParam<std::string> {};

TEST_P(Sd3Parity, EqualsTheReference) {
  const std::string name = "transformer_" + GetParam();
  const auto config = read_config<Sd3TransformerConfig>(golden_path("tiny") / name);
  const Checkpoint weights = Checkpoint::open(golden_path("tiny") / name);
  const Checkpoint golden = load_golden("models/" + name);
  int cases = 0;
  for (const std::string one : {"square.", "odd.", "tall."}) {
    if (golden.find(one + "output") == nullptr) continue;
    SCOPED_TRACE(one);
    ++cases;
    const Tensor sample = channels_last(golden.at(one + "hidden_states"));
    const Tensor& text = golden.at(one + "encoder_hidden_states");
    const graph::Graph graph =
        build_sd3_transformer(config, weights, {sample.dim(0), sample.dim(1), sample.dim(2), text.dim(1)});
    expect_gives(graph,
                 {{"sample", sample},
                  {"timestep", golden.at(one + "timestep")},
                  {"encoder_hidden_states", text},
                  {"pooled_projections", golden.at(one + "pooled_projections")}},
                 channels_last(golden.at(one + "output")));
  }
  EXPECT_GE(cases, 1);
}

INSTANTIATE_TEST_SUITE_P(Models, Sd3Parity, testing::Values("sd3", "sd35", "sd3_patch_1"),
                         [](const auto& one) { return one.param; });

class FluxParity : public testing::TestWithParam<std::string> {};

TEST_P(FluxParity, EqualsTheReference) {
  const std::string name = "transformer_" + GetParam();
  const auto config = read_config<FluxTransformerConfig>(golden_path("tiny") / name);
  const Checkpoint weights = Checkpoint::open(golden_path("tiny") / name);
  const Checkpoint golden = load_golden("models/" + name);
  for (const std::string one : {"square.", "odd."}) {
    SCOPED_TRACE(one);
    const Tensor &sample = golden.at(one + "hidden_states"), &text = golden.at(one + "encoder_hidden_states");
    const Tensor size = testing_support::to_i32(golden.at(one + "size"));
    const auto* extents = reinterpret_cast<const std::int32_t*>(size.bytes().data());
    const graph::Graph graph =
        build_flux_transformer(config, weights, {sample.dim(0), extents[0], extents[1], text.dim(1)});
    NamedTensors inputs = {{"sample", sample},
                           {"timestep", golden.at(one + "timestep")},
                           {"encoder_hidden_states", text},
                           {"pooled_projections", golden.at(one + "pooled_projections")}};
    if (config.guidance_embeds) inputs["guidance"] = golden.at(one + "guidance");
    expect_gives(graph, inputs, golden.at(one + "output"));
  }
}

INSTANTIATE_TEST_SUITE_P(Models, FluxParity, testing::Values("flux_dev", "flux_schnell"),
                         [](const auto& one) { return one.param; });

class T5Parity : public testing::TestWithParam<std::string> {};

TEST_P(T5Parity, EqualsTheReference) {
  const auto config = read_config<T5Config>(golden_path("tiny") / GetParam());
  const Checkpoint weights = Checkpoint::open(golden_path("tiny") / GetParam());
  const Checkpoint golden = load_golden("models/" + GetParam());
  for (const std::string one : {"1.", "13.", "77."}) {
    SCOPED_TRACE(one);
    const Tensor ids = testing_support::to_i32(golden.at(one + "input_ids"));
    const graph::Graph graph = build_t5_encoder(config, weights, {ids.dim(0), ids.dim(1)}, "text_encoder_3");
    expect_gives(graph, {{"input_ids", ids}}, golden.at(one + "last_hidden_state"));
  }
}

INSTANTIATE_TEST_SUITE_P(Models, T5Parity, testing::Values("t5", "t5_silu"), [](const auto& one) { return one.param; });

// Nothing that the latents do not touch is computed in a step: the modulations of all blocks are known before.
TEST(TransformerRates, ModulationsDoNotDependOnTheLatents) {
  const auto folder = golden_path("tiny") / "transformer_flux_dev";
  const graph::Graph graph =
      build_flux_transformer(read_config<FluxTransformerConfig>(folder), Checkpoint::open(folder), {1, 2, 3, 4});
  int modulations = 0;
  for (const graph::Node& node : graph.nodes()) {
    const bool modulation = node.name.ends_with("norm1.linear") || node.name.ends_with("norm1_context.linear") ||
                            node.name.ends_with("norm.linear") || node.name.ends_with("norm_out.linear");
    if (!modulation) continue;
    ++modulations;
    EXPECT_FALSE(node.rate.contains(graph::Rate::latent)) << node.name;
  }
  EXPECT_EQ(modulations, 2 * 2 + 2 + 1);
}

// Adapters of diffusers and peft name modules by these paths.
TEST(TransformerSlots, AreDiffusersModules) {
  const auto names = [](const graph::Graph& graph) {
    std::vector<std::string> result;
    for (const graph::Slot& slot : graph::slots(graph)) result.push_back(slot.name);
    return result;
  };
  const auto sd35 = golden_path("tiny") / "transformer_sd35", t5 = golden_path("tiny") / "t5";
  EXPECT_THAT(
      names(build_sd3_transformer(read_config<Sd3TransformerConfig>(sd35), Checkpoint::open(sd35), {1, 4, 4, 3})),
      testing::IsSupersetOf({"transformer.transformer_blocks.0.attn2.to_q",
                             "transformer.transformer_blocks.1.attn.add_k_proj",
                             "transformer.transformer_blocks.1.ff_context.net.0.proj",
                             "transformer.transformer_blocks.3.norm1_context.linear", "transformer.pos_embed.proj",
                             "transformer.context_embedder"}));
  EXPECT_THAT(names(build_t5_encoder(read_config<T5Config>(t5), Checkpoint::open(t5), {1, 3}, "text_encoder_2")),
              testing::IsSupersetOf({"text_encoder_2.encoder.block.1.layer.0.SelfAttention.q",
                                     "text_encoder_2.encoder.block.0.layer.1.DenseReluDense.wi_0"}));
}

template <class Config>
std::string refusal(const std::string& folder, const std::string& field, const Json& value) {
  Json json = read_json_file(golden_path("tiny") / folder / "config.json");
  json[field] = value;
  try {
    (void)Config::from_json(json, "config.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(TransformerRefusals, NameTheField) {
  const auto sd3 = [](const std::string& field, const Json& value) {
    return refusal<Sd3TransformerConfig>("transformer_sd3", field, value);
  };
  EXPECT_THAT(sd3("qk_norm", "layer_norm"), HasSubstr("qk_norm: expected null or \"rms_norm\", got \"layer_norm\""));
  EXPECT_THAT(sd3("dual_attention_layers", {3}),
              HasSubstr("dual_attention_layers: expected numbers of layers below 3"));
  EXPECT_THAT(sd3("caption_projection_dim", 17), HasSubstr("caption_projection_dim: expected num_attention_heads * "));
  EXPECT_THAT(sd3("guidance", true), HasSubstr("expected a field of SD3Transformer2DModel"));
  const auto flux = [](const std::string& field, const Json& value) {
    return refusal<FluxTransformerConfig>("transformer_flux_dev", field, value);
  };
  EXPECT_THAT(flux("patch_size", 2), HasSubstr("patch_size: expected 1, got 2"));
  EXPECT_THAT(flux("axes_dims_rope", {4, 8}), HasSubstr("axes_dims_rope: expected three even numbers, got [4,8]"));
  EXPECT_THAT(flux("axes_dims_rope", {4, 4, 6}),
              HasSubstr("axes_dims_rope: expected a sum of attention_head_dim = 12"));
  const auto t5 = [](const std::string& field, const Json& value) { return refusal<T5Config>("t5", field, value); };
  EXPECT_THAT(t5("feed_forward_proj", "relu"), HasSubstr("feed_forward_proj: expected \"gated-gelu\""));
  EXPECT_THAT(t5("relative_attention_num_buckets", 6), HasSubstr("relative_attention_num_buckets: expected"));
  EXPECT_THAT(t5("architectures", {"UMT5EncoderModel"}), HasSubstr("architectures: expected [\"T5EncoderModel\"]"));
}

TEST(TransformerRefusals, SizesThatDoNotFit) {
  const auto folder = golden_path("tiny") / "transformer_sd3";
  const auto config = read_config<Sd3TransformerConfig>(folder);
  const Checkpoint weights = Checkpoint::open(folder);
  for (const std::int64_t height : {0, 3, 20})
    EXPECT_THROW((void)build_sd3_transformer(config, weights, {1, height, 4, 3}), Error) << height;
}

}  // namespace
}  // namespace veneer::models
