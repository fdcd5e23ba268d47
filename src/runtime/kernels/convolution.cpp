#include "runtime/kernels/convolution.h"

#include <algorithm>

#include "base/check.h"
#include "base/parallel.h"
#include "runtime/kernels/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/kernels/convolution.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "hwy/highway.h"
#include "runtime/kernels/row_tile-inl.h"

#ifndef VENEER_RUNTIME_CONVOLUTION_WORK_
#define VENEER_RUNTIME_CONVOLUTION_WORK_
namespace veneer::runtime {

// Output pixels that are taken through a block of weights at a time: whole tiles on every target.
constexpr std::int64_t kConvolutionRows = 24;

struct ConvolutionWork {
  PackedLayout layout;
  ConvolutionGeometry geometry;
  const float *x, *weights, *bias, *residual, *zeros;
  float* y;
};

}  // namespace veneer::runtime
#endif

HWY_BEFORE_NAMESPACE();
namespace veneer::runtime::HWY_NAMESPACE {

// Output pixels [first, first + rows) of one block of output channels.
struct ConvolutionTile {
  const ConvolutionWork& work;
  std::int64_t block, first, rows;

  template <int kPanels>
  HWY_INLINE void run(std::int64_t panel) const {
    constexpr int kVectors = kPanels * kPanelVectors;
    const F32 d;
    const PackedLayout& layout = work.layout;
    const std::int64_t lanes = layout.blocks[0].size;
    V32 sum[kTileRows][kVectors];
    fill(sum, 0.0F);
    for (std::int64_t tap = 0; tap < layout.spatial; ++tap) {
      const float* pixels[kTileRows];
      // Rows beyond the last repeat it; they are not stored.
      for (int r = 0; r < kTileRows; ++r) {
        const std::int64_t row = first + std::min<std::int64_t>(r, rows - 1);
        pixels[r] = input_pixel(work.geometry, work.x, layout.in, row, tap, work.zeros);
      }
      const float* weights =
          work.weights + block * layout.out_stride + tap * layout.spatial_stride + panel * kLowRankPanel;
      multiply_add<kTileRows, kPanels>(pixels, {weights, kLowRankPanel, lanes}, layout.in, sum);
    }
    const std::int64_t column = block * lanes + panel * kLowRankPanel;
    for (int r = 0; r < std::min<std::int64_t>(rows, kTileRows); ++r) {
      for (int v = 0; v < kVectors; ++v) {
        const std::int64_t at = column + v * kLanes, left = layout.out - at;
        if (left <= 0) break;
        V32 value = hn::Add(sum[r][v], load_first(d, work.bias + at, left));
        const std::int64_t place = (first + r) * layout.out + at;
        if (work.residual) value = hn::Add(value, load_first(d, work.residual + place, left));
        store_first(value, d, work.y + place, left);
      }
    }
  }
};

void convolve_block(const ConvolutionWork& work, std::int64_t block, std::int64_t first, std::int64_t end) {
  const std::int64_t panels = work.layout.blocks[0].size / kLowRankPanel;
  for (std::int64_t row = first; row < end; row += kTileRows) {
    for_each_width(panels, ConvolutionTile{work, block, row, end - row});
  }
}

}  // namespace veneer::runtime::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace veneer::runtime {
namespace {

HWY_EXPORT(convolve_block);

}  // namespace

bool convolvable(const PackedLayout& layout) {
  return layout.block_count == 1 && layout.blocks[0].dim == WeightDim::out &&
         layout.blocks[0].size % kLowRankPanel == 0 && layout.in_stride == layout.blocks[0].size &&
         layout.out_stride % kLowRankPanel == 0 && (layout.spatial == 1 || layout.spatial_stride % kLowRankPanel == 0);
}

std::size_t convolution_scratch_bytes(const PackedLayout& layout) {
  return static_cast<std::size_t>(layout.in) * sizeof(float);
}

void convolve(const PackedLayout& layout, const ConvolutionGeometry& geometry, const float* x, const float* weights,
              const float* bias, const float* residual, float* y, std::byte* scratch) {
  VENEER_CHECK(convolvable(layout));
  auto* zeros = reinterpret_cast<float*>(scratch);  // what lies outside of the image
  std::fill_n(zeros, layout.in, 0.0F);
  const ConvolutionWork work{layout, geometry, x, weights, bias, residual, zeros, y};
  const std::int64_t rows = geometry.samples * geometry.out_height * geometry.out_width;
  const std::int64_t blocks = layout.padded_out / layout.blocks[0].size;
  const std::int64_t chunks = (rows + kConvolutionRows - 1) / kConvolutionRows;
  parallel_for(blocks * chunks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t first = item % chunks * kConvolutionRows;
      HWY_DYNAMIC_DISPATCH(convolve_block)(work, item / chunks, first, std::min(first + kConvolutionRows, rows));
    }
  });
}

}  // namespace veneer::runtime

#endif  // HWY_ONCE
