#include "adapters/key_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace veneer::adapters {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

/// "down unet.X"
std::string mapped(std::string_view name) {
  const MappedKey key = map_key(name, "a.safetensors");
  return std::string(to_string(key.part)) + " " + key.target;
}

std::string error_of(std::string_view name, ErrorCode code) {
  try {
    return "accepted as " + mapped(name);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    EXPECT_THAT(e.what(), StartsWith("a.safetensors: " + std::string(name) + ": "));
    return e.what();
  }
}

TEST(KeyMap, Peft) {
  EXPECT_EQ(mapped("unet.mid_block.resnets.0.conv1.lora_A.weight"), "down unet.mid_block.resnets.0.conv1");
  EXPECT_EQ(mapped("unet.conv_in.lora_B.weight"), "up unet.conv_in");
  EXPECT_EQ(mapped("unet.conv_in.alpha"), "alpha unet.conv_in");
  EXPECT_EQ(mapped("down_blocks.0.resnets.0.conv1.lora_A.default.weight"), "down unet.down_blocks.0.resnets.0.conv1");
  EXPECT_EQ(mapped("base_model.model.up_blocks.1.attentions.0.proj_in.lora_B.weight"),
            "up unet.up_blocks.1.attentions.0.proj_in");
}

TEST(KeyMap, TextEncodersOfBothGenerations) {
  const char* expected = "down text_encoder.text_model.encoder.layers.3.mlp.fc1";
  EXPECT_EQ(mapped("text_encoder.text_model.encoder.layers.3.mlp.fc1.lora_A.weight"), expected);
  EXPECT_EQ(mapped("text_encoder.encoder.layers.3.mlp.fc1.lora_A.weight"), expected);
  EXPECT_EQ(mapped("text_model.encoder.layers.3.mlp.fc1.lora_A.weight"), expected);
  EXPECT_EQ(mapped("base_model.model.encoder.layers.3.mlp.fc1.lora_A.weight"), expected);
  EXPECT_EQ(mapped("lora_te_text_model_encoder_layers_3_mlp_fc1.lora_down.weight"), expected);
  EXPECT_EQ(mapped("lora_te1_text_model_encoder_layers_3_mlp_fc1.lora_down.weight"), expected);
  EXPECT_EQ(mapped("lora_te_encoder_layers_3_mlp_fc1.lora_down.weight"), expected);
}

TEST(KeyMap, Diffusers) {
  EXPECT_EQ(mapped("unet.down_blocks.0.attentions.0.proj_in.lora.down.weight"),
            "down unet.down_blocks.0.attentions.0.proj_in");
  EXPECT_EQ(mapped("text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_linear_layer.up.weight"),
            "up text_encoder.text_model.encoder.layers.0.self_attn.q_proj");
  EXPECT_EQ(mapped("unet.mid_block.resnets.0.conv1.lora.alpha"), "alpha unet.mid_block.resnets.0.conv1");
}

TEST(KeyMap, AttentionProcessors) {
  const std::string attention = "mid_block.attentions.0.transformer_blocks.0.attn1.";
  EXPECT_EQ(mapped(attention + "processor.to_out_lora.up.weight"), "up unet." + attention + "to_out.0");
  EXPECT_EQ(mapped("unet." + attention + "processor.to_k_lora.down.weight"), "down unet." + attention + "to_k");
  EXPECT_EQ(mapped("unet." + attention + "to_v_lora.alpha"), "alpha unet." + attention + "to_v");
  const std::string text = "text_encoder.text_model.encoder.layers.0.self_attn.";
  EXPECT_EQ(mapped(text + "to_q_lora.down.weight"), "down " + text + "q_proj");
  EXPECT_EQ(mapped(text + "to_out_lora.up.weight"), "up " + text + "out_proj");
}

TEST(KeyMap, KohyaTakesTheLongestSegment) {
  const auto target = [](const std::string& module) { return mapped("lora_unet_" + module + ".lora_down.weight"); };
  EXPECT_EQ(target("conv_in"), "down unet.conv_in");
  EXPECT_EQ(target("time_embedding_linear_2"), "down unet.time_embedding.linear_2");
  EXPECT_EQ(target("down_blocks_2_resnets_1_time_emb_proj"), "down unet.down_blocks.2.resnets.1.time_emb_proj");
  EXPECT_EQ(target("down_blocks_0_resnets_0_conv_shortcut"), "down unet.down_blocks.0.resnets.0.conv_shortcut");
  EXPECT_EQ(target("up_blocks_0_upsamplers_0_conv"), "down unet.up_blocks.0.upsamplers.0.conv");
  EXPECT_EQ(target("mid_block_attentions_0_proj_out"), "down unet.mid_block.attentions.0.proj_out");
  EXPECT_EQ(target("up_blocks_3_attentions_2_transformer_blocks_0_attn2_to_out_0"),
            "down unet.up_blocks.3.attentions.2.transformer_blocks.0.attn2.to_out.0");
  EXPECT_EQ(target("down_blocks_0_attentions_0_transformer_blocks_0_ff_net_0_proj"),
            "down unet.down_blocks.0.attentions.0.transformer_blocks.0.ff.net.0.proj");
  EXPECT_EQ(mapped("lora_te_text_model_encoder_layers_11_self_attn_out_proj.alpha"),
            "alpha text_encoder.text_model.encoder.layers.11.self_attn.out_proj");
}

TEST(KeyMap, PeftsRawNames) {
  const char* expected = "down unet.conv_in";
  EXPECT_EQ(mapped("unet.conv_in.lora_A.my_style.weight"), expected);
  EXPECT_EQ(mapped("unet.conv_in.lora_A"), expected);
  EXPECT_EQ(mapped("base_model.model.conv_in.lora_A.default_0.weight"), expected);
  EXPECT_EQ(mapped("base_model.model.unet.conv_in.lora_A.weight"), expected);
  EXPECT_EQ(mapped("unet.base_model.model.conv_in.lora_A.x.weight"), expected);
  EXPECT_EQ(mapped("text_encoder.base_model.model.text_model.encoder.layers.0.mlp.fc1.lora_B.x.weight"),
            "up text_encoder.text_model.encoder.layers.0.mlp.fc1");
}

TEST(KeyMap, OriginalBlockNamesInEachSpelling) {
  const char* expected = "down unet.input_blocks.4.1.transformer_blocks.0.attn1.to_out.0";
  EXPECT_EQ(mapped("lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_out_0.lora_down.weight"), expected);
  EXPECT_EQ(mapped("model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn1.to_out.0.lora_A.weight"),
            expected);
  EXPECT_EQ(mapped("diffusion_model.input_blocks.4.1.transformer_blocks.0.attn1.to_out.0.lora_down.weight"), expected);
  EXPECT_EQ(mapped("unet.input_blocks.4.1.transformer_blocks.0.attn1.to_out.0.lora_down.weight"), expected);
  EXPECT_EQ(mapped("lora_unet_out_2.alpha"), "alpha unet.out.2");
  EXPECT_EQ(mapped("lora_unet_output_blocks_5_2_conv.alpha"), "alpha unet.output_blocks.5.2.conv");
  EXPECT_EQ(mapped("lora_unet_input_blocks_3_0_op.alpha"), "alpha unet.input_blocks.3.0.op");
  EXPECT_EQ(mapped("lora_unet_input_blocks_1_0_in_layers_2.alpha"), "alpha unet.input_blocks.1.0.in_layers.2");
}

TEST(KeyMap, MoreSpellingsOfPublishedFiles) {
  EXPECT_EQ(mapped("lora_unet.down_blocks.0.attentions.0.proj_in.lora_down.weight"),
            "down unet.down_blocks.0.attentions.0.proj_in");
  EXPECT_EQ(mapped("lycoris_mid_block_attentions_0_proj_in.lora_up.weight"), "up unet.mid_block.attentions.0.proj_in");
  const char* text = "alpha text_encoder.text_model.encoder.layers.2.mlp.fc2";
  for (const char* prefix :
       {"lora_te_transformer_text_model_", "lora_te_0_transformer_text_model_", "lora_te_text_model_"})
    EXPECT_EQ(mapped(std::string(prefix) + "encoder_layers_2_mlp_fc2.alpha"), text) << prefix;
  EXPECT_EQ(mapped("text_encoders.clip_l.transformer.text_model.encoder.layers.2.mlp.fc2.alpha"), text);
  EXPECT_EQ(mapped("cond_stage_model.transformer.text_model.encoder.layers.2.mlp.fc2.alpha"), text);
}

TEST(KeyMap, PartsOfEachAlgorithm) {
  EXPECT_EQ(mapped("lora_unet_conv_in.lora_mid.weight"), "mid unet.conv_in");
  EXPECT_EQ(mapped("lora_unet_conv_in.hada_w1_a"), "hada_w1_a unet.conv_in");
  EXPECT_EQ(mapped("base_model.model.conv_in.hada_w2_b.default"), "hada_w2_b unet.conv_in") << "peft's raw parameters";
  EXPECT_EQ(mapped("lycoris_conv_in.lokr_w1"), "lokr_w1 unet.conv_in");
  EXPECT_EQ(mapped("unet.conv_in.lokr_t2"), "lokr_t2 unet.conv_in");
  EXPECT_EQ(mapped("lora_unet_conv_in.diff"), "diff unet.conv_in");
  EXPECT_EQ(mapped("lora_unet_conv_in.diff_b"), "bias unet.conv_in");
  EXPECT_EQ(mapped("unet.conv_in.lora_B.bias"), "up projection's bias unet.conv_in");
  for (const char* name : {"lora_unet_conv_in.dora_scale", "unet.conv_in.lora_magnitude_vector",
                           "unet.conv_in.lora_magnitude_vector.default.weight"})
    EXPECT_EQ(mapped(name), "magnitude unet.conv_in");
}

TEST(KeyMap, RefusesUnknownNames) {
  for (const char* name : {"", ".", "weight", "conv_in.weight", "unet.lora_A.weight", "unet..lora_A.weight",
                           "unet.conv_in.lora_A.a.b.weight", "unet.a b.lora_A.weight", "unet.a..b.lora_A.weight",
                           "vae.decoder.conv_in.lora_A.weight", "lora_unet_.alpha", "lora_unet_conv_in",
                           "lora_unet_conv_in_.alpha", "lora_unet_conv__in.alpha", "lora_unet_norm1.lora_up.weight",
                           "lora_te_conv_in.lora_up.weight", "unet.conv_in.lora_A..weight", "unet.\xff.alpha"})
    EXPECT_THAT(error_of(name, ErrorCode::corrupt_file), HasSubstr("expected the name of an adapter's tensor")) << name;
}

TEST(KeyMap, RefusesOtherKindsByName) {
  const auto kind = [](std::string_view name) { return error_of(name, ErrorCode::unsupported); };
  EXPECT_THAT(kind("lora_unet_mid_block_resnets_0_norm1.w_norm"), HasSubstr("normalisation"));
  EXPECT_THAT(kind("lora_unet_conv_in.on_input"), HasSubstr("(IA)3 of LyCORIS"));
}

TEST(KeyMap, KnowsTheSecondTextEncoderOfStableDiffusionXl) {
  const std::string fc1 = "text_encoder_2.text_model.encoder.layers.0.mlp.fc1";
  for (const char* name : {"lora_te2_text_model_encoder_layers_0_mlp_fc1.alpha",
                           "text_encoder_2.text_model.encoder.layers.0.mlp.fc1.lora_A.weight",
                           "text_encoder_2.encoder.layers.0.mlp.fc1.lora.down.weight",
                           "text_encoders.clip_g.transformer.text_model.encoder.layers.0.mlp.fc1.lora_B.weight",
                           "lora_te_1_transformer_text_model_encoder_layers_0_mlp_fc1.lora_up.weight"})
    EXPECT_EQ(map_key(name, "a.safetensors").target, fc1) << name;
  EXPECT_EQ(map_key("lora_te2_text_projection.alpha", "a").target, "text_encoder_2.text_projection");
  EXPECT_EQ(map_key("lora_te1_text_model_encoder_layers_0_mlp_fc1.alpha", "a").target,
            "text_encoder.text_model.encoder.layers.0.mlp.fc1");
  EXPECT_EQ(map_key("lora_unet_label_emb_0_0.lora_down.weight", "a").target, "unet.label_emb.0.0");
  EXPECT_EQ(map_key("unet.add_embedding.linear_1.lora_A.weight", "a").target, "unet.add_embedding.linear_1");
}

TEST(KeyMap, KnowsDiffusersNamesOfTransformers) {
  for (const char* module :
       {"transformer.transformer_blocks.0.attn.to_q", "transformer.transformer_blocks.1.attn2.to_out.0",
        "transformer.single_transformer_blocks.3.proj_mlp", "text_encoder_3.encoder.block.0"}) {
    EXPECT_EQ(map_key(std::string(module) + ".lora_A.weight", "a").target, module);
    EXPECT_EQ(map_key("base_model.model." + std::string(module) + ".lora_B.weight", "a").target, module);
  }
  EXPECT_EQ(map_key("single_transformer_blocks.3.proj_mlp.lora_A.weight", "a").target,
            "transformer.single_transformer_blocks.3.proj_mlp");
}

TEST(KeyMap, TransformersInEveryName) {
  const std::pair<const char*, const char*> names[] = {
      {"transformer.transformer_blocks.0.attn.to_q.lora_A.weight", "transformer.transformer_blocks.0.attn.to_q"},
      {"transformer_blocks.3.ff_context.net.0.proj.lora_B.default.weight",
       "transformer.transformer_blocks.3.ff_context.net.0.proj"},
      {"lora_transformer_transformer_blocks_1_norm1_context_linear.alpha",
       "transformer.transformer_blocks.1.norm1_context.linear"},
      {"lora_transformer_single_transformer_blocks_12_attn_to_out_0.alpha",
       "transformer.single_transformer_blocks.12.attn.to_out.0"},
      {"lora_transformer_time_text_embed_timestep_embedder_linear_1.alpha",
       "transformer.time_text_embed.timestep_embedder.linear_1"},
      {"lora_unet_double_blocks_0_img_attn_qkv.alpha", "transformer.double_blocks.0.img_attn.qkv"},
      {"lora_unet_single_blocks_7_modulation_lin.lora_up.weight", "transformer.single_blocks.7.modulation.lin"},
      {"lora_unet_final_layer_adaLN_modulation_1.alpha", "transformer.final_layer.adaLN_modulation.1"},
      {"lora_unet_joint_blocks_0_x_block_attn_qkv.alpha", "transformer.joint_blocks.0.x_block.attn.qkv"},
      {"lora_unet_joint_blocks_23_context_block_adaLN_modulation_1.alpha",
       "transformer.joint_blocks.23.context_block.adaLN_modulation.1"},
      {"diffusion_model.double_blocks.2.txt_mlp.0.lora_A.weight", "transformer.double_blocks.2.txt_mlp.0"},
      {"base_model.model.single_blocks.2.linear1.lora_B.weight", "transformer.single_blocks.2.linear1"},
      {"model.diffusion_model.joint_blocks.2.x_block.mlp.fc1.lora_A.weight",
       "transformer.joint_blocks.2.x_block.mlp.fc1"},
      {"double_blocks.0.processor.qkv_lora1.down.weight", "transformer.double_blocks.0.qkv_lora1"},
      {"diffusion_model.single_blocks.0.processor.proj_lora.up.weight", "transformer.single_blocks.0.proj"},
      {"text_encoder_3.encoder.block.0.layer.0.SelfAttention.q.lora_A.weight",
       "text_encoder_3.encoder.block.0.layer.0.SelfAttention.q"},
      {"text_encoder_2.encoder.block.0.layer.0.SelfAttention.q.lora_A.weight",
       "text_encoder_2.encoder.block.0.layer.0.SelfAttention.q"},
      {"lora_te3_encoder_block_11_layer_1_DenseReluDense_wi_0.alpha",
       "text_encoder_3.encoder.block.11.layer.1.DenseReluDense.wi_0"},
  };
  for (const auto& [name, target] : names) EXPECT_EQ(map_key(name, "a").target, target) << name;
  EXPECT_THAT(error_of("double_blocks.0.img_attn.norm.query_norm.scale", ErrorCode::unsupported), HasSubstr("a norm"));
}

}  // namespace
}  // namespace veneer::adapters
