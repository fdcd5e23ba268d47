// Where a family denoises: how latents are measured, and the autoencoder that makes pictures of them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <vector>

#include "pipelines/component.h"
#include "pipelines/latents.h"
#include "tensor/tensor.h"

namespace veneer::pipelines {

/// Latents are [N,C,h,w] in the loop, the order in which diffusers draws noise; the denoiser sees them as rows.
struct LatentSpace {
  std::unique_ptr<Component> decoder;  ///< "latents" [N,h,w,C] -> "images" [N,H,W,3], about -1 to 1
  std::int64_t channels = 4;
  std::int64_t downsampling = 8;  ///< pixels along the side of a latent
  std::int64_t patch = 1;         ///< latents along the side of what the denoiser takes for one token
  Packing packing = Packing::pixels;

  /// Sides of pictures are multiples of so many pixels.
  [[nodiscard]] std::int64_t multiple() const { return std::max<std::int64_t>(8, downsampling * patch); }

  /// Latents of pictures of so many pixels.
  [[nodiscard]] ImageSize size(std::int64_t images, std::int64_t height, std::int64_t width) const {
    return {images, channels, height / downsampling, width / downsampling};
  }

  /// f32 [N,3,H,W] in 0..1. One image after the other: a decoder's activations are the largest of all. Throws Error
  /// cancelled, and invalid_argument where pictures are not finite.
  [[nodiscard]] Tensor decode(const ImageSize& size, const std::vector<float>& latents,
                              const std::stop_token& stop) const;
};

/// Of what was computed: finite weights can still overflow. Throws Error invalid_argument.
void require_finite(std::span<const float> values, std::string_view what);

}  // namespace veneer::pipelines
