// Low-rank updates y += scale B (A x) beside a linear layer or convolution (Hu et al. 2021, "LoRA"), as a branch that
// is computed at run time. low_rank_merge.h adds the same packed factors to weights instead. Stateless; every output
// row is the same bits whatever rows are computed with it, in whatever split over threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace veneer::runtime {

/// One adapter's factors, row-major: down [rank, in, taps], up [out, rank].
struct LowRankSource {
  const float* down;
  const float* up;
  std::int64_t rank;
  float scale;
};

/// `taps` is 1 for a linear layer and kernel_height * kernel_width for a convolution; `rank` is the sources' sum.
struct LowRankShape {
  std::int64_t in, out, taps, rank;
};

/// Ranks and output channels are packed in panels of so many.
inline constexpr std::int64_t kLowRankPanel = 16;

/// down [taps][rank / 16][in][16] and up [out / 16][rank][16], zero where the last panel is not full; `up` carries the
/// scale. Aligned to 64 bytes. Not owned.
struct LowRankFactors {
  LowRankShape shape;
  const float* down;
  const float* up;
};

/// Floats of the packed factors.
std::int64_t packed_down_size(const LowRankShape& shape);
std::int64_t packed_up_size(const LowRankShape& shape);

/// Packs adapters side by side along the rank. The sources' ranks must add up to shape.rank.
void pack_low_rank(const LowRankShape& shape, std::span<const LowRankSource> sources, float* down, float* up);

/// Bytes that the branch needs when it runs on `threads` threads, to be aligned to 64.
std::size_t low_rank_scratch_bytes(const LowRankShape& shape, int threads);

struct LowRankScratch {
  std::byte* data;
  std::size_t bytes;
};

/// y[r] += scale B (A x[r]) over `rows` rows; y's rows may be a column range of wider ones. Strides in elements.
void low_rank_linear(const LowRankFactors& factors, const float* x, std::int64_t x_stride, std::int64_t rows, float* y,
                     std::int64_t y_stride, LowRankScratch scratch);

/// Channels-last convolution; taps count row by row through the kernel. The bottom and right padding follow from the
/// output's size.
struct ConvolutionGeometry {
  std::int64_t samples, in_height, in_width, out_height, out_width;
  std::int64_t kernel_height, kernel_width, stride, padding_top, padding_left;
};

/// The same for each output pixel of a convolution: A has the layer's kernel, B is 1 x 1.
/// x [samples, in_height, in_width, in], y [samples, out_height, out_width, ...] with rows y_stride apart.
void low_rank_convolution(const LowRankFactors& factors, const ConvolutionGeometry& geometry, const float* x, float* y,
                          std::int64_t y_stride, LowRankScratch scratch);

}  // namespace veneer::runtime
