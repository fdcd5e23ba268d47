// Adapters that change between two denoising steps, and adapters that differ within one batch.
// docs/guides/swap-adapters.md shows the parts between the marks.
#include <fmt/format.h>

#include <algorithm>

#include "pipelines/pipeline.h"

namespace {

bool identical(const veneer::Tensor& a, const veneer::Tensor& b) {
  return std::ranges::equal(a.bytes(), b.bytes());
}

}  // namespace

int main() {
  using veneer::pipelines::Pipeline;
  using veneer::pipelines::Request;

  Pipeline pipeline("models/demo", {});
  const auto ink = pipeline.load_adapter("models/demo/adapters/ink.safetensors");
  const auto flat = pipeline.load_adapter("models/demo/adapters/flat.safetensors");
  const auto gloss = pipeline.load_adapter("models/demo/adapters/gloss.safetensors");

  // docs: steps
  Request request{.prompt = "castle", .seed = 7, .num_inference_steps = 10, .guidance_scale = 3};
  request.adapters = {{flat, 1.0f}};
  request.adapter_changes = {
      {.step = 4, .adapters = {{ink, 0.5f}}},  // from the fifth evaluation on
      {.step = 8, .adapters = {}},             // the last two: the base model
  };
  const auto changed = pipeline.generate(request);
  // docs: end steps
  request.adapter_changes = {};
  const auto unchanged = pipeline.generate(request);
  fmt::print("changes between steps show: {}\n", !identical(changed.images, unchanged.images));

  // docs: batch
  Request batch{.prompt = "castle", .seed = 7, .num_inference_steps = 10, .guidance_scale = 3, .num_images = 4};
  batch.image_adapters = {{}, {{ink, 1.0f}}, {{flat, 1.0f}}, {{ink, 0.5f}, {gloss, 0.5f}}};
  const auto pictures = pipeline.generate(batch);  // images: f32[4,3,64,64]
  // docs: end batch
  fmt::print("{}\n", pictures.images.describe());
}
