// What the readers of config.json accept and refuse. That they understand what they accept is tests/parity/models_test.
#include "models/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "models/autoencoder_kl.h"
#include "models/clip_text.h"
#include "models/unet_2d_condition.h"

namespace veneer::models {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <class Config>
Config read(std::string_view text) {
  return Config::from_json(parse_json(text, "test"), "unet/config.json");
}

struct Refusal {
  ErrorCode code = ErrorCode::internal;
  std::string message = "accepted";
  friend bool operator==(const Refusal&, const Refusal&) = default;
  friend void PrintTo(const Refusal& r, std::ostream* out) { *out << to_string(r.code) << ": " << r.message; }
};

template <class Config>
Refusal refusal(std::string_view text) {
  try {
    (void)read<Config>(text);
  } catch (const Error& e) {
    return {e.code(), e.what()};
  }
  return {};
}

Refusal unsupported(const std::string& rest) {
  return {ErrorCode::unsupported, "unet/config.json: " + rest + ": not supported"};
}
Refusal malformed(const std::string& rest) {
  return {ErrorCode::invalid_argument, "unet/config.json: " + rest};
}

TEST(UnetConfig, DefaultsAreDiffusers) {
  const auto c = read<UnetConfig>("{}");
  EXPECT_THAT(c.block_out_channels, ElementsAre(320, 640, 1280, 1280));
  EXPECT_THAT(c.down_blocks, ElementsAre(UnetBlock::cross_attention, UnetBlock::cross_attention,
                                         UnetBlock::cross_attention, UnetBlock::resnet));
  EXPECT_THAT(c.up_blocks, ElementsAre(UnetBlock::resnet, UnetBlock::cross_attention, UnetBlock::cross_attention,
                                       UnetBlock::cross_attention));
  EXPECT_THAT(c.layers_per_block, ElementsAre(2, 2, 2, 2));
  EXPECT_THAT(c.heads, ElementsAre(8, 8, 8, 8));
  EXPECT_EQ(c.cross_attention_dim, 1280);
  EXPECT_EQ(c.time_embedding_dim, 1280);
  EXPECT_EQ(c.projection, nn::Projection::convolution);
}

TEST(UnetConfig, ListsStandForBlocks) {
  const auto c = read<UnetConfig>(R"({"attention_head_dim": [5, 10, 20, 20], "layers_per_block": [1, 2, 3, 4],
    "transformer_layers_per_block": [1, 2, 3, 4], "only_cross_attention": [true, false, false, false]})");
  EXPECT_THAT(c.heads, ElementsAre(5, 10, 20, 20));
  EXPECT_THAT(c.transformer_layers,
              ElementsAre(ElementsAre(1), ElementsAre(2, 2), ElementsAre(3, 3, 3), ElementsAre(4, 4, 4, 4)));
  EXPECT_THAT(c.up_transformer_layers, ElementsAre(ElementsAre(4, 4, 4, 4, 4), ElementsAre(3, 3, 3, 3),
                                                   ElementsAre(2, 2, 2), ElementsAre(1, 1)));
  EXPECT_EQ(c.first_attention.front(), nn::FirstAttention::text);
  EXPECT_EQ(c.first_attention.back(), nn::FirstAttention::self);
}

TEST(UnetConfig, TransformerLayersMayDifferWithinABlock) {
  const auto c = read<UnetConfig>(R"({"block_out_channels": [32], "down_block_types": ["CrossAttnDownBlock2D"],
    "up_block_types": ["CrossAttnUpBlock2D"], "transformer_layers_per_block": [[1, 2]],
    "reverse_transformer_layers_per_block": [[3, 2, 1]]})");
  EXPECT_THAT(c.transformer_layers, ElementsAre(ElementsAre(1, 2)));
  EXPECT_THAT(c.up_transformer_layers, ElementsAre(ElementsAre(3, 2, 1)));
}

TEST(UnetConfig, RefusesWhatIsNotImplemented) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"class_embed_type": "timestep"})", R"(class_embed_type: expected null, got "timestep")"},
      {R"({"num_class_embeds": 10})", "num_class_embeds: expected null, got 10"},
      {R"({"addition_embed_type": "image"})", R"(addition_embed_type: expected null or "text_time", got "image")"},
      {R"({"encoder_hid_dim": 4096})", "encoder_hid_dim: expected null, got 4096"},
      {R"({"encoder_hid_dim_type": "ip_image_proj"})", R"(encoder_hid_dim_type: expected null, got "ip_image_proj")"},
      {R"({"time_cond_proj_dim": 256})", "time_cond_proj_dim: expected null, got 256"},
      {R"({"resnet_time_scale_shift": "scale_shift"})",
       R"(resnet_time_scale_shift: expected "default", got "scale_shift")"},
      {R"({"attention_type": "gated"})", R"(attention_type: expected "default", got "gated")"},
      {R"({"time_embedding_type": "fourier"})", R"(time_embedding_type: expected "positional", got "fourier")"},
      {R"({"dual_cross_attention": true})", "dual_cross_attention: expected false, got true"},
      {R"({"class_embeddings_concat": true})", "class_embeddings_concat: expected false, got true"},
      {R"({"num_attention_heads": 8})", "num_attention_heads: expected null, got 8"},
      {R"({"downsample_padding": 2})", "downsample_padding: expected 0 or 1, got 2"},
      {R"({"conv_in_kernel": 2})", "conv_in_kernel: expected an odd number, got 2"},
      {R"({"mid_block_type": "UNetMidBlock2DSimpleCrossAttn"})",
       R"(mid_block_type: expected "UNetMidBlock2DCrossAttn" or "UNetMidBlock2D" or null, got )"
       R"("UNetMidBlock2DSimpleCrossAttn")"},
      {R"({"down_block_types": ["DownBlock2D", "DownBlock2D", "DownBlock2D", "AttnDownBlock2D"]})",
       R"(down_block_types: expected "CrossAttnDownBlock2D" or "DownBlock2D", got "AttnDownBlock2D")"},
      {R"({"cross_attention_dim": [768, 768, 768, 1024]})",
       "cross_attention_dim: expected one width for all blocks, got 768 and 1024"},
      {R"({"class_embed_typ": null})",
       "expected a field of UNet2DConditionModel (the nearest is class_embed_type), got class_embed_typ = null"},
  };
  for (const auto& [config, message] : cases) EXPECT_EQ(refusal<UnetConfig>(config), unsupported(message));
}

TEST(UnetConfig, RefusesWhatMakesNoSense) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "expected an object, got array"},
      {R"({"in_channels": "4"})", R"(in_channels: expected a positive integer, got "4")"},
      {R"({"in_channels": 0})", "in_channels: expected a positive integer, got 0"},
      {R"({"in_channels": -4})", "in_channels: expected a positive integer, got -4"},
      {R"({"in_channels": 4.5})", "in_channels: expected a positive integer, got 4.5"},
      {R"({"in_channels": 9223372036854775808})", "in_channels: expected a positive integer, got 9223372036854775808"},
      {R"({"norm_eps": null})", "norm_eps: expected a number, got null"},
      {R"({"use_linear_projection": 1})", "use_linear_projection: expected true or false, got 1"},
      {R"({"block_out_channels": 320})", "block_out_channels: expected a list of 1 to 16, got 320"},
      {R"({"block_out_channels": []})", "block_out_channels: expected a list of 1 to 16, got []"},
      {R"({"layers_per_block": 17})", "layers_per_block: expected at most 16, got 17"},
      {R"({"layers_per_block": [1, 2]})", "layers_per_block: expected a list of 4 (one a block), got [1,2]"},
      {R"({"block_out_channels": [8, 8]})",
       R"(down_block_types: expected a list of 2 (one a block), got ["CrossAttnDownBlock2D","CrossAttnDownBlock2D",)"
       R"("CrossAttnDownBlock2D","DownBlock2D"])"},
      {R"({"attention_head_dim": [8, 8, 8, 1281]})",
       "attention_head_dim (the number of heads): expected at most 1280, got 1281"},
      {R"({"transformer_layers_per_block": [1, 2, [1, 2], 1]})",
       "transformer_layers_per_block: expected one number a block where there is no "
       "reverse_transformer_layers_per_block, got [1,2,[1,2],1]"},
      {R"({"transformer_layers_per_block": [1, 2, [1], 1], "reverse_transformer_layers_per_block": [1, 1, 1, 1]})",
       "transformer_layers_per_block: expected 2 numbers (one a layer), got [1]"},
      {R"({"reverse_transformer_layers_per_block": [1]})",
       "reverse_transformer_layers_per_block: expected a list of 4 (one a block), got [1]"},
  };
  for (const auto& [config, message] : cases) EXPECT_EQ(refusal<UnetConfig>(config), malformed(message));
}

TEST(UnetConfig, IgnoresWhatChangesNothing) {
  EXPECT_EQ(refusal<UnetConfig>(R"({"_class_name": "UNet2DConditionModel", "_anything": 1, "sample_size": 96,
    "upcast_attention": true, "dropout": 0.1, "resnet_out_scale_factor": 2, "addition_time_embed_dim": 256})"),
            Refusal{});
}

TEST(ClipTextConfig, RefusesOtherClasses) {
  EXPECT_EQ(refusal<ClipTextConfig>(R"({"architectures": ["CLIPVisionModel"]})"),
            unsupported(R"(architectures: expected ["CLIPTextModel"], got ["CLIPVisionModel"])"));
  EXPECT_EQ(refusal<ClipTextConfig>(R"({"model_type": "t5"})"),
            unsupported(R"(model_type: expected "clip_text_model", got "t5")"));
  EXPECT_EQ(refusal<ClipTextConfig>(R"({"hidden_act": "relu"})").code, ErrorCode::unsupported);
  EXPECT_EQ(refusal<ClipTextConfig>(R"({"pruned_heads": {"0": [1]}})"),
            unsupported(R"(pruned_heads: expected {}, got {"0":[1]})"));
  EXPECT_EQ(refusal<ClipTextConfig>(R"({"num_attention_heads": 7})"),
            malformed("num_attention_heads: expected a divisor of hidden_size 512, got 7"));
}

TEST(ClipTextConfig, ReadsOldFiles) {
  // As transformers 4.21 wrote it for SD 1.4, all 70 fields of PretrainedConfig in other versions aside.
  const auto c = read<ClipTextConfig>(R"({"_name_or_path": "openai/clip-vit-large-patch14",
    "architectures": ["CLIPTextModel"], "attention_dropout": 0.0, "bos_token_id": 0, "dropout": 0.0, "eos_token_id": 2,
    "hidden_act": "quick_gelu", "hidden_size": 768, "initializer_factor": 1.0, "initializer_range": 0.02,
    "intermediate_size": 3072, "layer_norm_eps": 1e-05, "max_position_embeddings": 77, "model_type": "clip_text_model",
    "num_attention_heads": 12, "num_hidden_layers": 12, "pad_token_id": 1, "torch_dtype": "float32",
    "transformers_version": "4.21.0.dev0", "vocab_size": 49408})");
  EXPECT_EQ(c.hidden_size, 768);
  EXPECT_EQ(c.activation, graph::Activation::quick_gelu);
}

TEST(AutoencoderKlConfig, RefusesWhatIsNotImplemented) {
  EXPECT_EQ(refusal<AutoencoderKlConfig>(R"({"latents_mean": [0, 0, 0, 0]})"),
            unsupported("latents_mean: expected null, got [0,0,0,0]"));
  EXPECT_EQ(refusal<AutoencoderKlConfig>(R"({"latents_std": [1, 1, 1, 1]})"),
            unsupported("latents_std: expected null, got [1,1,1,1]"));
  EXPECT_EQ(refusal<AutoencoderKlConfig>(R"({"up_block_types": ["AttnUpDecoderBlock2D"]})"),
            unsupported(R"(up_block_types: expected "UpDecoderBlock2D", got "AttnUpDecoderBlock2D")"));
  EXPECT_EQ(refusal<AutoencoderKlConfig>(R"({"scaling_factor": 0})"),
            malformed("scaling_factor: expected a number other than 0, got 0"));
}

TEST(AutoencoderKlConfig, ReadsShift) {
  EXPECT_EQ(read<AutoencoderKlConfig>(R"({"shift_factor": 0.1159})").shift_factor, 0.1159);
  EXPECT_EQ(read<AutoencoderKlConfig>(R"({"shift_factor": null})").shift_factor, 0);
}

}  // namespace
}  // namespace veneer::models
