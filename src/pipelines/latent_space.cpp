#include "pipelines/latent_space.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace veneer::pipelines {

void require_finite(std::span<const float> values, std::string_view what) {
  if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
    fail(ErrorCode::invalid_argument,
         "{}: expected finite values, got NaN or infinity: the model's weights hold such, or an adapter's weight or "
         "guidance_scale is too large",
         what);
}

Tensor LatentSpace::decode(const ImageSize& size, const std::vector<float>& latents,
                           const std::stop_token& stop) const {
  const ImageSize one{1, size.channels, size.height, size.width};
  const ImageSize image{1, 3, size.height * downsampling, size.width * downsampling};
  const auto plan = decoder->plan({1, size.height, size.width}, stop);
  const auto workspace = decoder->workspace(plan, stop);
  std::vector<float> input(one.elements()), output(image.elements());
  std::vector<float> images(static_cast<std::size_t>(size.batch) * image.elements());
  for (std::size_t i = 0; i < static_cast<std::size_t>(size.batch); ++i) {
    if (stop.stop_requested()) fail(ErrorCode::cancelled, "stopped before decoding");
    to_channels_last(one, std::span(latents).subspan(i * one.elements(), one.elements()), input);
    plan->run(*workspace, 0, {{"latents", input}}, {{"images", output}});
    to_channels_first(image, output, std::span(images).subspan(i * image.elements(), image.elements()));
  }
  require_finite(images, "images");
  for (float& value : images) value = std::clamp(value / 2 + 0.5f, 0.0f, 1.0f);
  return Tensor::from_f32({size.batch, image.channels, image.height, image.width}, std::move(images));
}

}  // namespace veneer::pipelines
