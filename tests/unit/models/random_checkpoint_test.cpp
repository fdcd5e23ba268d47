#include "models/random_checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/error.h"
#include "models/named_config.h"
#include "support/golden.h"

namespace veneer::models {
namespace {

using testing::HasSubstr;

std::int64_t parameters(const ParameterShapes& shapes) {
  return std::accumulate(shapes.begin(), shapes.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& entry) { return sum + element_count(entry.second); });
}

// The numbers of parameters are those of the published models.
TEST(NamedConfig, Sd15HasThePublishedSize) {
  const NamedConfig config = named_config("sd15");
  EXPECT_EQ(parameters(parameter_shapes(config.unet)), 859'520'964);
  EXPECT_EQ(parameters(parameter_shapes(config.text_encoder)), 123'060'480);
  EXPECT_EQ(parameters(parameter_shapes(config.vae)), 83'653'863);
}

TEST(NamedConfig, Sd21HasThePublishedSize) {
  const NamedConfig config = named_config("sd21");
  EXPECT_EQ(parameters(parameter_shapes(config.unet)), 865'910'724);
  EXPECT_EQ(parameters(parameter_shapes(config.text_encoder)), 340'387'840);
  EXPECT_EQ(parameters(parameter_shapes(config.vae)), 83'653'863);
}

TEST(NamedConfig, RefusesOtherNames) {
  try {
    (void)named_config("sd99");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::not_found);
    EXPECT_THAT(e.what(), HasSubstr("sd15, sd21, got sd99"));
  }
}

/// A UNet small enough to hold.
UnetConfig small_unet() {
  return UnetConfig::from_json(parse_json(R"({
    "block_out_channels": [8, 16], "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"], "layers_per_block": 1, "norm_num_groups": 4,
    "attention_head_dim": 2, "cross_attention_dim": 12})",
                                          "small"),
                               "small");
}

TEST(RandomCheckpoint, HoldsWhatTheModelReads) {
  const UnetConfig config = small_unet();
  const auto weights = random_checkpoint(parameter_shapes(config));
  EXPECT_EQ(weights.at("conv_in.weight").describe(), "f16[8,4,3,3]");
  EXPECT_EQ(weights.at("down_blocks.0.attentions.0.proj_in.weight").describe(), "f16[8,8,1,1]");
  EXPECT_EQ(weights.find("down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.bias"), nullptr);
  const graph::Graph graph = build_unet(config, weights, {2, 8, 12, 5});
  EXPECT_EQ(graph.shape(graph.outputs().front().value), (Shape{2, 8, 12, 4}));
}

TEST(RandomCheckpoint, DependsOnTheSeedAlone) {
  const ParameterShapes shapes = {{"a.weight", {64, 32}}, {"b.weight", {64, 32}}};
  const auto weights = random_checkpoint(shapes, 1);
  EXPECT_TRUE(testing_support::identical(weights.at("a.weight"), random_checkpoint(shapes, 1).at("a.weight")));
  EXPECT_FALSE(testing_support::identical(weights.at("a.weight"), random_checkpoint(shapes, 2).at("a.weight")));
  EXPECT_FALSE(testing_support::identical(weights.at("a.weight"), weights.at("b.weight")));
}

TEST(RandomCheckpoint, KeepsVariance) {
  const auto weights = random_checkpoint({{"a.weight", {256, 100}}, {"n.weight", {3}}, {"n.bias", {3}}});
  double sum = 0, squares = 0;
  for (const float value : weights.at("a.weight").to_f32()) sum += value, squares += double{value} * double{value};
  EXPECT_NEAR(sum / 25'600, 0, 0.002);
  EXPECT_NEAR(squares / 256, 1, 0.03);  // of an output for inputs of unit variance
  EXPECT_EQ(weights.at("n.weight").to_f32(), (std::vector<float>{1, 1, 1}));
  EXPECT_EQ(weights.at("n.bias").to_f32(), (std::vector<float>{0, 0, 0}));
}

}  // namespace
}  // namespace veneer::models
