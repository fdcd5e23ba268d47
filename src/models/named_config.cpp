#include "models/named_config.h"

#include <fmt/ranges.h>

#include "base/error.h"

namespace veneer::models {
namespace {

/// The config.json of each component, as far as it differs from the defaults that the readers share with diffusers.
struct Entry {
  std::string_view name, unet, text_encoder, vae;
};

constexpr std::string_view kStableDiffusionVae = R"({
  "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
  "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
  "block_out_channels": [128, 256, 512, 512],
  "layers_per_block": 2
})";

constexpr Entry kEntries[] = {
    {"sd15", R"({"cross_attention_dim": 768})",
     R"({"hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12})", kStableDiffusionVae},
    {"sd21", R"({"attention_head_dim": [5, 10, 20, 20], "cross_attention_dim": 1024, "use_linear_projection": true})",
     R"({"hidden_act": "gelu", "hidden_size": 1024, "intermediate_size": 4096, "num_attention_heads": 16,
         "num_hidden_layers": 23})",
     kStableDiffusionVae},
};

}  // namespace

std::vector<std::string> config_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kEntries) names.emplace_back(entry.name);
  return names;
}

NamedConfig named_config(std::string_view name) {
  for (const Entry& entry : kEntries)
    if (entry.name == name)
      return {UnetConfig::from_json(parse_json(entry.unet, name), name),
              ClipTextConfig::from_json(parse_json(entry.text_encoder, name), name),
              AutoencoderKlConfig::from_json(parse_json(entry.vae, name), name)};
  fail(ErrorCode::not_found, "config: expected one of {}, got {}", fmt::join(config_names(), ", "), name);
}

}  // namespace veneer::models
