#include "runtime/kernels/low_rank.h"

#include <algorithm>

#include "base/parallel.h"
#include "runtime/kernels/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/kernels/low_rank.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "hwy/highway.h"
#include "runtime/kernels/simd_math-inl.h"

#ifndef VENEER_RUNTIME_LOW_RANK_WORK_
#define VENEER_RUNTIME_LOW_RANK_WORK_
namespace veneer::runtime {

// Rows (tokens or output pixels) that a thread takes through both products at once: t stays in the first-level cache,
// and a panel of `down` too wide for the second level is read once per block.
constexpr std::int64_t kLowRankBlock = 32;

struct LowRankWork {
  LowRankFactors factors;
  ConvolutionGeometry geometry;  // a linear layer is a 1 x 1 convolution over a row of pixels
  const float* x;
  std::int64_t x_stride;
  float* y;
  std::int64_t y_stride;
};

inline std::int64_t rank_panels(const LowRankShape& shape) {
  return (shape.rank + kLowRankPanel - 1) / kLowRankPanel;
}

}  // namespace veneer::runtime
#endif

HWY_BEFORE_NAMESPACE();
namespace veneer::runtime::HWY_NAMESPACE {

constexpr int kPanelVectors = static_cast<int>(kLowRankPanel / kLanes);
// A register tile: kTileRows rows times up to kTilePanels panels.
#if HWY_TARGET <= HWY_AVX3
constexpr int kTileRows = 8, kTilePanels = 3;
#elif HWY_TARGET <= HWY_AVX2
constexpr int kTileRows = 6, kTilePanels = 1;
#else
constexpr int kTileRows = 2, kTilePanels = 1;
#endif

// t [kTileRows][t_stride] (+)= x times kPanels panels of one tap of `down`. Each sum is one chain over the channels.
template <int kPanels>
HWY_INLINE void reduce_tile(const float* const (&x)[kTileRows], const float* HWY_RESTRICT down, std::int64_t in,
                            bool fresh, float* HWY_RESTRICT t, std::int64_t t_stride) {
  constexpr int kVectors = kPanels * kPanelVectors;
  const F32 d;
  V32 sum[kTileRows][kVectors];
  for (int r = 0; r < kTileRows; ++r) {
    for (int v = 0; v < kVectors; ++v) sum[r][v] = fresh ? hn::Zero(d) : hn::Load(d, t + r * t_stride + v * kLanes);
  }
  for (std::int64_t c = 0; c < in; ++c) {
    V32 b[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      b[v] = hn::Load(d, down + (v / kPanelVectors * in + c) * kLowRankPanel + v % kPanelVectors * kLanes);
    }
    for (int r = 0; r < kTileRows; ++r) {
      const V32 a = hn::Set(d, x[r][c]);
      for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::MulAdd(a, b[v], sum[r][v]);
    }
  }
  for (int r = 0; r < kTileRows; ++r) {
    for (int v = 0; v < kVectors; ++v) hn::Store(sum[r][v], d, t + r * t_stride + v * kLanes);
  }
}

// y [rows][columns] += t times kPanels panels of `up`; `columns` may end inside the last panel.
template <int kPanels>
HWY_INLINE void expand_tile(const float* HWY_RESTRICT t, std::int64_t t_stride, const float* HWY_RESTRICT up,
                            std::int64_t rank, float* y, std::int64_t y_stride, int rows, std::int64_t columns) {
  constexpr int kVectors = kPanels * kPanelVectors;
  const F32 d;
  V32 sum[kTileRows][kVectors];
  for (int r = 0; r < kTileRows; ++r) {
    for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::Zero(d);
  }
  for (std::int64_t k = 0; k < rank; ++k) {
    V32 b[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      b[v] = hn::Load(d, up + (v / kPanelVectors * rank + k) * kLowRankPanel + v % kPanelVectors * kLanes);
    }
    for (int r = 0; r < kTileRows; ++r) {
      const V32 a = hn::Set(d, t[r * t_stride + k]);
      for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::MulAdd(a, b[v], sum[r][v]);
    }
  }
  for (int r = 0; r < std::min(rows, kTileRows); ++r) {
    for (int v = 0; v < kVectors; ++v) {
      float* to = y + r * y_stride + v * kLanes;
      const std::int64_t left = columns - v * kLanes;
      if (left > 0) store_first(hn::Add(load_first(d, to, left), sum[r][v]), d, to, left);
    }
  }
}

// The input pixel that `tap` of the kernel meets at output pixel `row`; `zeros` outside of the image.
HWY_INLINE const float* input_pixel(const LowRankWork& work, std::int64_t row, std::int64_t tap, const float* zeros) {
  const ConvolutionGeometry& g = work.geometry;
  const std::int64_t column = row % g.out_width, line = row / g.out_width;
  const std::int64_t h = line % g.out_height * g.stride + tap / g.kernel_width - g.padding_top;
  const std::int64_t w = column * g.stride + tap % g.kernel_width - g.padding_left;
  if (h < 0 || h >= g.in_height || w < 0 || w >= g.in_width) return zeros;
  return work.x + ((line / g.out_height * g.in_height + h) * g.in_width + w) * work.x_stride;
}

// t [rows rounded up to tiles][padded rank] for rows [first, first + rows).
void reduce_rows(const LowRankWork& work, std::int64_t first, std::int64_t rows, const float* zeros, float* t) {
  const LowRankShape& shape = work.factors.shape;
  const std::int64_t panels = rank_panels(shape), t_stride = panels * kLowRankPanel;
  for (std::int64_t tap = 0; tap < shape.taps; ++tap) {
    for (std::int64_t panel = 0; panel < panels;) {
      const std::int64_t left = panels - panel;
      const std::int64_t width = left == 4 ? std::min(kTilePanels, 2) : std::min<std::int64_t>(kTilePanels, left);
      const float* down = work.factors.down + (tap * panels + panel) * shape.in * kLowRankPanel;
      for (std::int64_t r = 0; r < rows; r += kTileRows) {
        const float* x[kTileRows];
        // Rows beyond the last repeat it; nothing reads their t.
        for (int i = 0; i < kTileRows; ++i) x[i] = input_pixel(work, first + std::min(r + i, rows - 1), tap, zeros);
        float* tile = t + r * t_stride + panel * kLowRankPanel;
        if (width == 1) reduce_tile<1>(x, down, shape.in, tap == 0, tile, t_stride);
        if constexpr (kTilePanels > 1) {
          if (width == 2) reduce_tile<2>(x, down, shape.in, tap == 0, tile, t_stride);
          if (width == 3) reduce_tile<3>(x, down, shape.in, tap == 0, tile, t_stride);
        }
      }
      panel += width;
    }
  }
}

void expand_rows(const LowRankWork& work, std::int64_t first, std::int64_t rows, const float* t) {
  const LowRankShape& shape = work.factors.shape;
  const std::int64_t t_stride = rank_panels(shape) * kLowRankPanel;
  const std::int64_t panels = (shape.out + kLowRankPanel - 1) / kLowRankPanel;
  for (std::int64_t r = 0; r < rows; r += kTileRows) {
    const int count = static_cast<int>(std::min<std::int64_t>(kTileRows, rows - r));
    for (std::int64_t panel = 0; panel < panels;) {
      const std::int64_t left = panels - panel;
      const std::int64_t width = left == 4 ? std::min(kTilePanels, 2) : std::min<std::int64_t>(kTilePanels, left);
      const float* up = work.factors.up + panel * shape.rank * kLowRankPanel;
      const std::int64_t column = panel * kLowRankPanel;
      float* y = work.y + (first + r) * work.y_stride + column;
      const float* from = t + r * t_stride;
      const std::int64_t columns = shape.out - column;
      if (width == 1) expand_tile<1>(from, t_stride, up, shape.rank, y, work.y_stride, count, columns);
      if constexpr (kTilePanels > 1) {
        if (width == 2) expand_tile<2>(from, t_stride, up, shape.rank, y, work.y_stride, count, columns);
        if (width == 3) expand_tile<3>(from, t_stride, up, shape.rank, y, work.y_stride, count, columns);
      }
      panel += width;
    }
  }
}

// Rows [begin, end); `scratch` holds a row of zeros, then t.
void branch_rows(const LowRankWork& work, std::int64_t begin, std::int64_t end, float* scratch) {
  const std::int64_t padded_in = (work.factors.shape.in + kLowRankPanel - 1) / kLowRankPanel * kLowRankPanel;
  float* t = scratch + padded_in;
  std::fill_n(scratch, padded_in, 0.0F);
  for (std::int64_t row = begin; row < end; row += kLowRankBlock) {
    const std::int64_t rows = std::min(kLowRankBlock, end - row);
    reduce_rows(work, row, rows, scratch, t);
    expand_rows(work, row, rows, t);
  }
}

}  // namespace veneer::runtime::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace veneer::runtime {
namespace {

HWY_EXPORT(branch_rows);

std::int64_t round_up(std::int64_t count) {
  return (count + kLowRankPanel - 1) / kLowRankPanel * kLowRankPanel;
}

// A row of zeros, and t for a block of rows rounded up to whole tiles (of at most 8 rows).
std::size_t thread_bytes(const LowRankShape& shape) {
  const std::int64_t floats = round_up(shape.in) + (kLowRankBlock + 8) * round_up(shape.rank);
  return static_cast<std::size_t>(floats) * sizeof(float);
}

void run_branch(const LowRankWork& work, std::int64_t rows, LowRankScratch scratch) {
  const std::size_t bytes = thread_bytes(work.factors.shape);
  const std::int64_t blocks = (rows + kLowRankBlock - 1) / kLowRankBlock;
  const std::int64_t parts =
      std::min({static_cast<std::int64_t>(scratch.bytes / bytes), blocks, static_cast<std::int64_t>(team_size())});
  parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part) {
      auto* memory = reinterpret_cast<float*>(scratch.data + static_cast<std::size_t>(part) * bytes);
      const std::int64_t first = blocks * part / parts * kLowRankBlock;
      const std::int64_t last = std::min(rows, blocks * (part + 1) / parts * kLowRankBlock);
      HWY_DYNAMIC_DISPATCH(branch_rows)(work, first, last, memory);
    }
  });
}

}  // namespace

std::int64_t packed_down_size(const LowRankShape& shape) {
  return shape.taps * round_up(shape.rank) * shape.in;
}

std::int64_t packed_up_size(const LowRankShape& shape) {
  return round_up(shape.out) * shape.rank;
}

void pack_low_rank(const LowRankShape& shape, std::span<const LowRankSource> sources, float* down, float* up) {
  const std::int64_t panels = rank_panels(shape), tap_size = panels * shape.in * kLowRankPanel;
  parallel_for(shape.in, 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      for (std::int64_t tap = 0; tap < shape.taps; ++tap) {
        float* column = down + tap * tap_size + i * kLowRankPanel;
        std::int64_t at = 0;  // along the rank
        const auto put = [&](float value) {
          column[at / kLowRankPanel * shape.in * kLowRankPanel + at % kLowRankPanel] = value;
          ++at;
        };
        for (const LowRankSource& source : sources) {
          const float* from = source.down + i * shape.taps + tap;
          for (std::int64_t r = 0; r < source.rank; ++r) put(from[r * shape.in * shape.taps]);
        }
        while (at < panels * kLowRankPanel) put(0.0F);
      }
    }
  });
  parallel_for(round_up(shape.out), 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t o = begin; o < end; ++o) {
      float* to = up + o / kLowRankPanel * shape.rank * kLowRankPanel + o % kLowRankPanel;
      for (const LowRankSource& source : sources) {
        for (std::int64_t r = 0; r < source.rank; ++r, to += kLowRankPanel) {
          *to = o < shape.out ? source.scale * source.up[o * source.rank + r] : 0.0F;
        }
      }
    }
  });
}

std::size_t low_rank_scratch_bytes(const LowRankShape& shape, int threads) {
  return static_cast<std::size_t>(threads) * thread_bytes(shape);
}

void low_rank_linear(const LowRankFactors& factors, const float* x, std::int64_t x_stride, std::int64_t rows, float* y,
                     std::int64_t y_stride, LowRankScratch scratch) {
  const ConvolutionGeometry row_of_pixels{1, 1, rows, 1, rows, 1, 1, 1, 0, 0};
  run_branch({factors, row_of_pixels, x, x_stride, y, y_stride}, rows, scratch);
}

void low_rank_convolution(const LowRankFactors& factors, const ConvolutionGeometry& geometry, const float* x, float* y,
                          std::int64_t y_stride, LowRankScratch scratch) {
  const std::int64_t rows = geometry.samples * geometry.out_height * geometry.out_width;
  run_branch({factors, geometry, x, factors.shape.in, y, y_stride}, rows, scratch);
}

}  // namespace veneer::runtime

#endif  // HWY_ONCE
