// Pictures and latents between PyTorch's [N,C,H,W], in which noise is drawn and files are written, and the engine's
// [N,H,W,C].
#pragma once

#include <cstdint>
#include <span>

namespace veneer::pipelines {

struct ImageSize {
  std::int64_t batch = 1, channels = 4, height = 64, width = 64;
  [[nodiscard]] std::size_t elements() const { return static_cast<std::size_t>(batch * channels * height * width); }
};

/// How the latents of an image lie as rows of numbers: a row a pixel, [N,h,w,C], or Flux's row a square of 2x2 pixels,
/// [N,h/2*w/2,4C], whose numbers are ordered by channel, then by row, then by column.
enum class Packing { pixels, squares };

/// [N,C,h,w] -> rows
void to_rows(Packing packing, const ImageSize& size, std::span<const float> from, std::span<float> to);

/// rows -> [N,C,h,w]
void from_rows(Packing packing, const ImageSize& size, std::span<const float> from, std::span<float> to);

/// to[n,h,w,c] = from[n,c,h,w]
void to_channels_last(const ImageSize& size, std::span<const float> from, std::span<float> to);

/// to[n,c,h,w] = from[n,h,w,c]
void to_channels_first(const ImageSize& size, std::span<const float> from, std::span<float> to);

}  // namespace veneer::pipelines
