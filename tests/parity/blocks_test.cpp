// Layers and blocks against diffusers: the weights and inputs of tests/golden/blocks through nn, the interpreter and a
// compiled plan.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "nn/coder_blocks.h"
#include "nn/embedding.h"
#include "nn/unet_blocks.h"
#include "support/golden.h"
#include "support/interpreter.h"
#include "support/layout.h"
#include "support/run_plan.h"

namespace veneer::nn {
namespace {

using testing_support::channels_last;
using testing_support::close;
using testing_support::interpret;
using testing_support::run_plan;

constexpr testing_support::Tolerance kTolerance{.of_range = 1e-4};

/// One golden, and the graph that a test builds over its weights and inputs.
class Golden {
 public:
  explicit Golden(const std::string& name)
      : golden_(testing_support::load_golden("blocks/" + name)),
        weights_(
            [this](const std::string& path, const Shape&) -> std::optional<Tensor> {
              const Tensor* tensor = golden_.find("weights." + path);
              return tensor == nullptr ? std::nullopt : std::optional(*tensor);
            },
            name) {}
  Golden(const Golden&) = delete;
  Golden& operator=(const Golden&) = delete;

  [[nodiscard]] Builder builder() { return {graph_, weights_, "block"}; }

  Value input(const std::string& name = "hidden_states") {
    const Tensor tensor = channels_last(golden_.at("input." + name));
    inputs_[name] = tensor;
    return graph_.input(name, DType::f32, tensor.shape(), graph::Rate::latent);
  }

  /// The activated time embedding: what the reference's blocks do first with `temb`.
  Value time() { return builder().silu(input("temb")); }
  Conditioning conditioning() {
    const Value embedded = time();
    return {embedded, golden_.find("input.encoder_hidden_states") ? input("encoder_hidden_states") : embedded};
  }

  [[nodiscard]] testing::AssertionResult gives(Value value, const std::string& name = "output") {
    graph::Graph graph = graph_;
    graph.output("output", value);
    const Tensor expected = channels_last(golden_.at(name));
    if (auto result = close(interpret(graph, inputs_).at("output"), expected, kTolerance); !result) return result;
    return close(run_plan(graph, inputs_).at("output"), expected, kTolerance) << " (the compiled plan)";
  }

 private:
  checkpoint::Checkpoint golden_;
  WeightSource weights_;
  graph::Graph graph_;
  testing_support::NamedTensors inputs_;
};

ResnetOptions resnet(double eps = 1e-5, double output_scale_factor = 1) {
  return {.groups = 4, .eps = eps, .output_scale_factor = output_scale_factor};
}

TEST(ResnetParity, WithTime) {
  Golden golden("resnet");
  const Value x = golden.input("input_tensor"), time = golden.time();
  EXPECT_TRUE(golden.gives(resnet_block(golden.builder(), x, time, 16, resnet(1e-6))));
}

TEST(ResnetParity, WithShortcut) {
  Golden golden("resnet_shortcut");
  const Value x = golden.input("input_tensor"), time = golden.time();
  EXPECT_TRUE(golden.gives(resnet_block(golden.builder(), x, time, 24, resnet(1e-6))));
}

TEST(ResnetParity, WithoutTime) {
  Golden golden("resnet_without_time");
  const Value x = golden.input("input_tensor");
  EXPECT_TRUE(golden.gives(resnet_block(golden.builder(), x, std::nullopt, 16, resnet(1e-6, 1.5))));
}

TEST(ResamplingParity, DownsampleToTheRightAndBelow) {
  Golden golden("downsample_asymmetric");
  EXPECT_TRUE(golden.gives(downsample(golden.builder(), golden.input(), 0)));
}

TEST(ResamplingParity, UpsampleToASize) {
  Golden golden("upsample_to_size");
  EXPECT_TRUE(golden.gives(upsample(golden.builder(), golden.input(), 11, 9)));
}

TEST(EmbeddingParity, Time) {
  Golden golden("time_embedding");
  EXPECT_TRUE(golden.gives(time_embedding(golden.builder(), golden.input("sample"), {.channels = 20})));
}

TEST(EmbeddingParity, Timesteps) {
  const auto golden = testing_support::load_golden("blocks/timesteps");
  const std::vector<graph::TimestepEmbedding> cases = {{16, true, 0}, {16, false, 1}, {15, true, 0}, {320, true, 0}};
  for (std::size_t i = 0; i < cases.size(); ++i) {
    graph::Graph graph;
    const Value timesteps = graph.input("timesteps", DType::f32, {6}, graph::Rate::timestep);
    graph.output("output", graph.add(cases[i], {timesteps}, "timesteps"));
    const auto outputs = interpret(graph, {{"timesteps", golden.at("timesteps")}});
    EXPECT_TRUE(close(outputs.at("output"), golden.at("output." + std::to_string(i)), kTolerance)) << i;
  }
}

TEST(AttentionParity, SelfAttention) {
  Golden golden("self_attention");
  const Value x = golden.input();
  EXPECT_TRUE(golden.gives(attention(golden.builder(), x, x, {.heads = 4, .head_dim = 4})));
}

TEST(AttentionParity, CrossAttention) {
  Golden golden("cross_attention");
  const Value x = golden.input(), text = golden.input("encoder_hidden_states");
  EXPECT_TRUE(golden.gives(attention(golden.builder(), x, text, {.heads = 2, .head_dim = 10})));
}

TEST(AttentionParity, TransformerBlock) {
  Golden golden("basic_transformer");
  const Value x = golden.input(), text = golden.input("encoder_hidden_states");
  EXPECT_TRUE(golden.gives(transformer_block(golden.builder(), x, text, {.heads = 2, .head_dim = 8})));
}

TEST(AttentionParity, TransformerWithConvolutions) {
  Golden golden("transformer_conv");
  const Value x = golden.input(), text = golden.input("encoder_hidden_states");
  EXPECT_TRUE(golden.gives(transformer_2d(golden.builder(), x, text, {.heads = 2, .head_dim = 8, .groups = 4})));
}

TEST(AttentionParity, TransformerWithLinearProjections) {
  Golden golden("transformer_linear");
  const Value x = golden.input(), text = golden.input("encoder_hidden_states");
  const TransformerOptions options{
      .heads = 2, .head_dim = 6, .layers = 2, .groups = 4, .projection = Projection::linear};
  EXPECT_TRUE(golden.gives(transformer_2d(golden.builder(), x, text, options)));
}

/// Two layers of 12 channels, as all UNet blocks of the goldens.
UnetBlockOptions unet_block(std::optional<Projection> projection) {
  UnetBlockOptions options{.channels = 12, .layers = 2, .resnet = resnet(), .transformers = {}};
  if (projection) options.transformers.assign(2, {.heads = 2, .head_dim = 6, .groups = 4, .projection = *projection});
  return options;
}

void expect_down_block(const std::string& name, const UnetBlockOptions& options,
                       std::optional<std::int64_t> downsample_padding) {
  Golden golden(name);
  const Value x = golden.input();
  const Conditioning conditioning = golden.conditioning();
  const auto outputs = unet_down_block(golden.builder(), x, conditioning, options, downsample_padding);
  ASSERT_EQ(outputs.size(), downsample_padding ? 3U : 2U);
  EXPECT_TRUE(golden.gives(outputs.back()));
  for (std::size_t i = 0; i < outputs.size(); ++i)
    EXPECT_TRUE(golden.gives(outputs[i], "output." + std::to_string(i))) << i;
}

TEST(UnetBlockParity, Down) {
  expect_down_block("down", unet_block({}), 1);
}
TEST(UnetBlockParity, CrossAttentionDown) {
  expect_down_block("cross_attention_down", unet_block(Projection::convolution), 1);
}
TEST(UnetBlockParity, CrossAttentionDownLast) {
  expect_down_block("cross_attention_down_last", unet_block(Projection::linear), std::nullopt);
}

void expect_up_block(const std::string& name, const UnetBlockOptions& options, graph::Upsample finer) {
  Golden golden(name);
  const Value x = golden.input();
  const Conditioning conditioning = golden.conditioning();
  std::vector<Value> skips = {golden.input("res_hidden_states_tuple.0"), golden.input("res_hidden_states_tuple.1")};
  EXPECT_TRUE(golden.gives(unet_up_block(golden.builder(), x, conditioning, options, skips, finer)));
  EXPECT_TRUE(skips.empty());
}

TEST(UnetBlockParity, Up) {
  expect_up_block("up", unet_block({}), {12, 10});
}
TEST(UnetBlockParity, CrossAttentionUp) {
  expect_up_block("cross_attention_up", unet_block(Projection::convolution), {12, 10});
}
TEST(UnetBlockParity, CrossAttentionUpToASize) {
  expect_up_block("cross_attention_up_to_size", unet_block(Projection::convolution), {11, 9});
}

TEST(UnetBlockParity, Mid) {
  Golden golden("mid_cross_attention");
  const Value x = golden.input();
  const TransformerOptions transformer{.heads = 2, .head_dim = 8, .groups = 4};
  EXPECT_TRUE(golden.gives(unet_mid_block(golden.builder(), x, golden.conditioning(), resnet(1e-5, 1.2), transformer)));
}

constexpr CoderBlockOptions kCoderBlock{
    .channels = 12, .layers = 2, .resnet = {.groups = 4, .eps = 1e-6}, .resampling = Resampling::by_two};

TEST(CoderBlockParity, Encoder) {
  Golden golden("down_encoder");
  EXPECT_TRUE(golden.gives(encoder_block(golden.builder(), golden.input(), kCoderBlock)));
}

TEST(CoderBlockParity, Decoder) {
  Golden golden("up_decoder");
  EXPECT_TRUE(golden.gives(decoder_block(golden.builder(), golden.input(), kCoderBlock)));
}

TEST(CoderBlockParity, Mid) {
  Golden golden("mid_vae");
  EXPECT_TRUE(golden.gives(coder_mid_block(golden.builder(), golden.input(), kCoderBlock.resnet, MidAttention::with)));
}

}  // namespace
}  // namespace veneer::nn
