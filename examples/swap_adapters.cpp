// Adapters that change between requests. docs/guides/swap-adapters.md shows the parts between the marks.
#include <fmt/format.h>

#include <algorithm>

#include "pipelines/pipeline.h"

namespace {

bool identical(const veneer::Tensor& a, const veneer::Tensor& b) {
  return std::ranges::equal(a.bytes(), b.bytes());
}

}  // namespace

int main() {
  // docs: load
  using veneer::pipelines::Pipeline;
  using veneer::pipelines::Request;

  Pipeline pipeline("models/demo", {});
  const auto ink = pipeline.load_adapter("models/demo/adapters/ink.safetensors");
  const auto gloss = pipeline.load_adapter("models/demo/adapters/gloss.safetensors");
  // docs: end load

  // docs: swap
  Request request{.prompt = "castle", .seed = 7, .num_inference_steps = 4, .guidance_scale = 3};
  const auto base = pipeline.generate(request);

  request.adapters = {{ink, 1.0f}};
  const auto inked = pipeline.generate(request);

  request.adapters = {};
  const auto base_again = pipeline.generate(request);
  // docs: end swap
  fmt::print("ink changes the picture: {}\n", !identical(base.images, inked.images));
  fmt::print("base, ink, base: the same bytes: {}\n", identical(base.images, base_again.images));

  // docs: several
  request.adapters = {{ink, 0.6f}, {gloss, 0.4f}};
  const auto mixed = pipeline.generate(request);
  // docs: end several
  fmt::print("a mixture differs from its parts: {}\n", !identical(mixed.images, inked.images));

  // docs: mode
  request.adapters = {{ink, 1.0f}};
  request.adapter_mode = veneer::adapters::AdapterMode::branch;
  const auto branch = pipeline.generate(request);
  // docs: end mode
  fmt::print("branches give a picture too: {}\n", !branch.images.empty());

  // docs: statistics
  const auto statistics = pipeline.statistics();
  fmt::print("plans compiled: {}\n", statistics.plans_compiled);
  // docs: end statistics
}
