// One original module is several of diffusers': the parts have the rows of the whole, exactly.
#include "adapters/transformer_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/family.h"
#include "base/error.h"

namespace veneer::adapters {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// up [rows, 1] holds the number of each row; down [1, columns] is one.
Delta delta(std::string target, std::int64_t rows, std::int64_t columns) {
  std::vector<float> up;
  for (std::int64_t i = 0; i < rows; ++i) up.push_back(static_cast<float>(i));
  const std::vector<float> down(static_cast<std::size_t>(columns), 1.0F);
  Delta result{"transformer." + std::move(target),
               LowRank{Tensor::from_f32({1, columns}, down), Tensor::from_f32({rows, 1}, up)}};
  result.scale = 0.5F;
  result.rank = 1;
  return result;
}

std::vector<float> rows(const Delta& part) {
  return std::get<LowRank>(part.form).up.to_f32();
}

std::vector<std::string> targets(const Delta& whole) {
  std::vector<std::string> names;
  for (const Delta& part : in_diffusers_names(whole, "a")) names.push_back(part.target);
  return names;
}

TEST(TransformerNames, ThirdsOfQkv) {
  const auto parts = in_diffusers_names(delta("double_blocks.4.txt_attn.qkv", 6, 2), "a");
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].target, "transformer.transformer_blocks.4.attn.add_q_proj");
  EXPECT_EQ(parts[1].target, "transformer.transformer_blocks.4.attn.add_k_proj");
  EXPECT_EQ(parts[2].target, "transformer.transformer_blocks.4.attn.add_v_proj");
  EXPECT_THAT(rows(parts[0]), ElementsAre(0, 1));
  EXPECT_THAT(rows(parts[1]), ElementsAre(2, 3));
  EXPECT_THAT(rows(parts[2]), ElementsAre(4, 5));
  EXPECT_EQ(parts[2].scale, 0.5F);
  EXPECT_EQ(targets(delta("joint_blocks.1.x_block.attn2.qkv", 6, 2)),
            (std::vector<std::string>{"transformer.transformer_blocks.1.attn2.to_q",
                                      "transformer.transformer_blocks.1.attn2.to_k",
                                      "transformer.transformer_blocks.1.attn2.to_v"}));
}

TEST(TransformerNames, Linear1IsQkvAndTheFeedForwardLayer) {
  const auto parts = in_diffusers_names(delta("single_blocks.0.linear1", 11, 2), "a");
  ASSERT_EQ(parts.size(), 4u);
  EXPECT_EQ(parts[2].target, "transformer.single_transformer_blocks.0.attn.to_v");
  EXPECT_EQ(parts[3].target, "transformer.single_transformer_blocks.0.proj_mlp");
  EXPECT_THAT(rows(parts[2]), ElementsAre(4, 5));
  EXPECT_THAT(rows(parts[3]), ElementsAre(6, 7, 8, 9, 10));
}

TEST(TransformerNames, ShiftAndScaleOfTheLastLayerStandTheOtherWayRound) {
  const auto last = in_diffusers_names(delta("final_layer.adaLN_modulation.1", 4, 2), "a");
  ASSERT_EQ(last.size(), 1u);
  EXPECT_EQ(last[0].target, "transformer.norm_out.linear");
  EXPECT_THAT(rows(last[0]), ElementsAre(2, 3, 0, 1));
  const auto last_context = in_diffusers_names(delta("joint_blocks.3.context_block.adaLN_modulation.1", 4, 2), "a");
  EXPECT_THAT(rows(last_context[0]), ElementsAre(2, 3, 0, 1)) << "of the last block";
  const auto context = in_diffusers_names(delta("joint_blocks.2.context_block.adaLN_modulation.1", 12, 2), "a");
  EXPECT_THAT(rows(context[0]), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
  EXPECT_EQ(context[0].target, "transformer.transformer_blocks.2.norm1_context.linear");
}

TEST(TransformerNames, EveryOtherModuleKeepsItsRows) {
  const std::pair<const char*, const char*> names[] = {
      {"img_in", "x_embedder"},
      {"x_embedder.proj", "pos_embed.proj"},
      {"guidance_in.out_layer", "time_text_embed.guidance_embedder.linear_2"},
      {"y_embedder.mlp.0", "time_text_embed.text_embedder.linear_1"},
      {"final_layer.linear", "proj_out"},
      {"double_blocks.0.img_mod.lin", "transformer_blocks.0.norm1.linear"},
      {"double_blocks.0.proj_lora2", "transformer_blocks.0.attn.to_add_out"},
      {"single_blocks.9.linear2", "single_transformer_blocks.9.proj_out"},
      {"joint_blocks.5.context_block.mlp.fc2", "transformer_blocks.5.ff_context.net.2"},
  };
  for (const auto& [from, to] : names) {
    EXPECT_TRUE(is_original_transformer(std::string("transformer.") + from)) << from;
    EXPECT_THAT(targets(delta(from, 4, 4)), ElementsAre(std::string("transformer.") + to)) << from;
  }
  EXPECT_FALSE(is_original_transformer("transformer.transformer_blocks.0.attn.to_q"));
  EXPECT_FALSE(is_original_transformer("unet.conv_in"));
}

TEST(FamilyOf, TransformersByTheirModules) {
  const auto family = [](const char* target) {
    Adapter adapter;
    adapter.deltas.push_back(delta(target, 4, 4));
    return family_of(adapter);
  };
  EXPECT_EQ(family("single_transformer_blocks.0.proj_mlp"), "Flux");
  EXPECT_EQ(family("pos_embed.proj"), "Stable Diffusion 3");
  EXPECT_EQ(family("transformer_blocks.1.attn.to_q"), "Stable Diffusion 3 or Flux");
}

TEST(TransformerNames, OtherFormsAreDividedOrRefused) {
  Delta dense = delta("double_blocks.0.img_attn.qkv", 3, 2);
  dense.form = Dense{Tensor::from_f32({3, 2}, {0, 1, 2, 3, 4, 5})};
  dense.bias = Tensor::from_f32({3}, {7, 8, 9});
  const auto parts = in_diffusers_names(dense, "a");
  EXPECT_THAT(std::get<Dense>(parts[1].form).difference.to_f32(), ElementsAre(2, 3));
  EXPECT_THAT(parts[1].bias.to_f32(), ElementsAre(8));

  const auto message = [](const Delta& bad) -> std::string {
    try {
      (void)in_diffusers_names(bad, "a.safetensors");
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  Delta kronecker = delta("double_blocks.0.img_attn.qkv", 3, 2);
  kronecker.form = Kronecker{Tensor::from_f32({3, 1}, {1, 2, 3}), Tensor::from_f32({1, 2}, {1, 1})};
  EXPECT_THAT(message(kronecker), HasSubstr("img_attn.qkv: LoKr of a layer that is several of diffusers' layers"));
  EXPECT_THAT(message(delta("double_blocks.0.img_attn.qkv", 4, 2)), HasSubstr("expected rows of 3 layers, got [4,2]"));
  EXPECT_THAT(message(delta("single_blocks.0.linear1", 6, 2)), HasSubstr("expected rows of 4 layers, got [6,2]"));
  EXPECT_THAT(message(delta("double_blocks.0.img_attn.nonsense", 6, 2)),
              HasSubstr("expected a layer of Stable Diffusion 3"));
  EXPECT_THAT(message(delta("double_blocks.x.img_mlp.0", 6, 2)), HasSubstr("expected a layer of Stable Diffusion 3"));
}

}  // namespace
}  // namespace veneer::adapters
