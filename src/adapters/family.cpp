#include "adapters/family.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "adapters/algorithms/algorithm.h"

namespace veneer::adapters {
namespace {

struct Mark {
  std::string_view text, family;
};

/// What trainers write under `modelspec.architecture` and `ss_base_model_version`; the first row that is in it counts.
constexpr auto kArchitectures = std::to_array<Mark>({
    {"stable-diffusion-xl", "Stable Diffusion XL"},
    {"sdxl", "Stable Diffusion XL"},
    {"stable-diffusion-v1", "Stable Diffusion 1.x"},
    {"sd_v1", "Stable Diffusion 1.x"},
    {"sd_1", "Stable Diffusion 1.x"},
    {"stable-diffusion-v2", "Stable Diffusion 2.x"},
    {"sd_v2", "Stable Diffusion 2.x"},
    {"sd_2", "Stable Diffusion 2.x"},
    {"stable-diffusion-3", "Stable Diffusion 3"},
    {"sd3", "Stable Diffusion 3"},
    {"flux", "Flux"},
});
constexpr auto kArchitectureKeys =
    std::to_array<const char*>({"modelspec.architecture", "ss_base_model_version", "ss_base_model"});

/// The width of the text that a cross-attention reads.
struct TextWidth {
  std::int64_t width;
  std::string_view family;
};
constexpr auto kTextWidths = std::to_array<TextWidth>(
    {{768, "Stable Diffusion 1.x"}, {1024, "Stable Diffusion 2.x"}, {2048, "Stable Diffusion XL"}});

/// Modules that only one family has, first match first: single blocks, a third text encoder, joint blocks; a second
/// text encoder of CLIP, an attention of several transformer blocks, an eleventh input block.
constexpr auto kNames = std::to_array<Mark>({
    {"transformer.single_transformer_blocks.", "Flux"},
    {"transformer.x_embedder", "Flux"},
    {"guidance_embedder.", "Flux"},
    {"text_encoder_2.encoder.block.", "Flux"},
    {"text_encoder_3.", "Stable Diffusion 3"},
    {"transformer.pos_embed.", "Stable Diffusion 3"},
    {"transformer.", "Stable Diffusion 3 or Flux"},
    {"text_encoder_2.", "Stable Diffusion XL"},
    {"add_embedding.", "Stable Diffusion XL"},
    {".transformer_blocks.1.", "Stable Diffusion XL"},
    {"unet.input_blocks.9.", "Stable Diffusion 1.x or 2.x"},
    {"unet.input_blocks.10.", "Stable Diffusion 1.x or 2.x"},
    {"unet.input_blocks.11.", "Stable Diffusion 1.x or 2.x"},
    {"unet.output_blocks.9.", "Stable Diffusion 1.x or 2.x"},
    {"unet.output_blocks.10.", "Stable Diffusion 1.x or 2.x"},
    {"unet.output_blocks.11.", "Stable Diffusion 1.x or 2.x"},
});

}  // namespace

std::string family_of(const Adapter& adapter) {
  for (const char* key : kArchitectureKeys) {
    const auto found = adapter.metadata.find(key);
    if (found == adapter.metadata.end()) continue;
    std::string value = found->second;
    std::ranges::transform(value, value.begin(), [](unsigned char c) { return std::tolower(c); });
    for (const Mark& mark : kArchitectures)
      if (value.find(mark.text) != std::string::npos) return std::string(mark.family);
  }
  for (const Delta& delta : adapter.deltas) {
    if (!delta.target.starts_with("unet.")) continue;
    if (!delta.target.ends_with(".attn2.to_k") && !delta.target.ends_with(".attn2.to_v")) continue;
    const auto row = std::ranges::find(kTextWidths, matrix_shape(delta.form).columns, &TextWidth::width);
    if (row != kTextWidths.end()) return std::string(row->family);
  }
  for (const Mark& mark : kNames)
    for (const Delta& delta : adapter.deltas)
      if (delta.target.find(mark.text) != std::string::npos) return std::string(mark.family);
  return "";
}

}  // namespace veneer::adapters
