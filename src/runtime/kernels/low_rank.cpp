#include "runtime/kernels/low_rank.h"

#include <algorithm>

#include "base/check.h"
#include "base/parallel.h"
#include "runtime/kernels/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/kernels/low_rank.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "hwy/highway.h"
#include "runtime/kernels/row_tile-inl.h"

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

// t [rows][padded rank] (+)= rows [first, first + rows) times panels of one tap of `down`. Each sum is one chain over
// the channels. Panels stand outside of rows: one that is too wide for the second-level cache is read once for all
// rows.
struct ReduceTap {
  const LowRankWork& work;
  std::int64_t tap, first, rows;
  const float* zeros;
  float* t;

  template <int kPanels>
  HWY_INLINE void run(std::int64_t panel) const {
    constexpr int kVectors = kPanels * kPanelVectors;
    const F32 d;
    const LowRankShape& shape = work.factors.shape;
    const std::int64_t panels = rank_panels(shape), t_stride = panels * kLowRankPanel;
    const std::int64_t panel_size = shape.in * kLowRankPanel;
    const Panels down{work.factors.down + (tap * panels + panel) * panel_size, panel_size};
    for (std::int64_t r = 0; r < rows; r += kTileRows) {
      const float* x[kTileRows];
      // Rows beyond the last repeat it; nothing reads their t.
      for (int i = 0; i < kTileRows; ++i) {
        x[i] = input_pixel(work.geometry, work.x, work.x_stride, first + std::min(r + i, rows - 1), tap, zeros);
      }
      float* HWY_RESTRICT to = t + r * t_stride + panel * kLowRankPanel;
      V32 sum[kTileRows][kVectors];
      for (int i = 0; i < kTileRows; ++i) {
        for (int v = 0; v < kVectors; ++v) {
          sum[i][v] = tap == 0 ? hn::Zero(d) : hn::Load(d, to + i * t_stride + v * kLanes);
        }
      }
      multiply_add<kTileRows, kPanels>(x, down, shape.in, sum);
      for (int i = 0; i < kTileRows; ++i) {
        for (int v = 0; v < kVectors; ++v) hn::Store(sum[i][v], d, to + i * t_stride + v * kLanes);
      }
    }
  }
};

// y [rows][columns] += t times panels of `up`; `columns` may end inside the last panel.
struct ExpandTile {
  const float* const (&t)[kTileRows];
  Panels up;
  std::int64_t rank;
  float* y;
  std::int64_t y_stride, rows, columns;

  template <int kPanels>
  HWY_INLINE void run(std::int64_t panel) const {
    constexpr int kVectors = kPanels * kPanelVectors;
    const F32 d;
    V32 sum[kTileRows][kVectors];
    fill(sum, 0.0F);
    multiply_add<kTileRows, kPanels>(t, {up.data + panel * up.panel_stride, up.panel_stride}, rank, sum);
    for (int r = 0; r < std::min<std::int64_t>(rows, kTileRows); ++r) {
      for (int v = 0; v < kVectors; ++v) {
        const std::int64_t at = panel * kLowRankPanel + v * kLanes, left = columns - at;
        float* to = y + r * y_stride + at;
        if (left > 0) store_first(hn::Add(load_first(d, to, left), sum[r][v]), d, to, left);
      }
    }
  }
};

// t [rows rounded up to tiles][padded rank] for rows [first, first + rows).
void reduce_rows(const LowRankWork& work, std::int64_t first, std::int64_t rows, const float* zeros, float* t) {
  for (std::int64_t tap = 0; tap < work.factors.shape.taps; ++tap) {
    for_each_width(rank_panels(work.factors.shape), ReduceTap{work, tap, first, rows, zeros, t});
  }
}

void expand_rows(const LowRankWork& work, std::int64_t first, std::int64_t rows, const float* t) {
  const LowRankShape& shape = work.factors.shape;
  const std::int64_t t_stride = rank_panels(shape) * kLowRankPanel;
  const Panels up{work.factors.up, shape.rank * kLowRankPanel};
  for (std::int64_t r = 0; r < rows; r += kTileRows) {
    const float* from[kTileRows];
    for (int i = 0; i < kTileRows; ++i) from[i] = t + (r + i) * t_stride;
    float* y = work.y + (first + r) * work.y_stride;
    for_each_width((shape.out + kLowRankPanel - 1) / kLowRankPanel,
                   ExpandTile{from, up, shape.rank, y, work.y_stride, rows - r, shape.out});
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
  VENEER_CHECK(scratch.bytes >= bytes);
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
