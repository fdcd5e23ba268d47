// Register tiles of a product: a few rows times panels of 16 columns. Included once per Highway target (hence the guard
// that flips).
#if defined(VENEER_RUNTIME_ROW_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VENEER_RUNTIME_ROW_TILE_INL_H_
#undef VENEER_RUNTIME_ROW_TILE_INL_H_
#else
#define VENEER_RUNTIME_ROW_TILE_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "hwy/highway.h"
#include "runtime/kernels/low_rank.h"
#include "runtime/kernels/simd_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace veneer::runtime::HWY_NAMESPACE {

inline constexpr int kPanelVectors = static_cast<int>(kLowRankPanel / kLanes);

// Where rows are many and panels few; a merge has tiles of its own (few rows, many panels).
#if HWY_TARGET <= HWY_AVX3
inline constexpr int kTileRows = 8, kTilePanels = 3;
#elif HWY_TARGET <= HWY_AVX2
inline constexpr int kTileRows = 6, kTilePanels = 1;
#else
inline constexpr int kTileRows = 2, kTilePanels = 1;
#endif

/// Row k of panel p: 16 floats, aligned, at data + p * panel_stride + k * row_stride.
struct Panels {
  const float* data;
  std::int64_t panel_stride, row_stride = kLowRankPanel;
};

struct Nothing {
  HWY_INLINE void operator()(std::int64_t) const {}
};

/// sum[r] += a[r][k] * row k of the panels, for k in [0, count): each sum is one chain. `each(k)` runs beside it.
template <int kRows, int kPanels, class Each = Nothing>
HWY_INLINE void multiply_add(const float* const (&a)[kRows], const Panels& panels, std::int64_t count,
                             V32 (&sum)[kRows][kPanels * kPanelVectors], const Each& each = {}) {
  constexpr int kVectors = kPanels * kPanelVectors;
  const F32 d;
  const float* row = panels.data;
  for (std::int64_t k = 0; k < count; ++k, row += panels.row_stride) {
    each(k);
    V32 b[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      b[v] = hn::Load(d, row + v / kPanelVectors * panels.panel_stride + v % kPanelVectors * kLanes);
    }
    for (int r = 0; r < kRows; ++r) {
      const V32 x = hn::Set(d, a[r][k]);
      for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::MulAdd(x, b[v], sum[r][v]);
    }
  }
}

template <int kRows, int kVectors>
HWY_INLINE void fill(V32 (&sum)[kRows][kVectors], float value) {
  for (auto& row : sum) {
    for (V32& v : row) v = hn::Set(F32(), value);
  }
}

/// Calls tile(panel, width) with a constant width of 1 to kTilePanels for panels [0, count): as few tiles as may be,
/// and none of one panel beside one of three.
template <class Tile>
HWY_INLINE void for_each_width(std::int64_t count, const Tile& tile) {
  for (std::int64_t panel = 0; panel < count;) {
    const std::int64_t left = count - panel;
    const std::int64_t width = left == 4 ? std::min(kTilePanels, 2) : std::min<std::int64_t>(kTilePanels, left);
    if (width == 1) tile.template run<1>(panel);
    if constexpr (kTilePanels > 1) {
      if (width == 2) tile.template run<2>(panel);
      if (width == 3) tile.template run<3>(panel);
    }
    panel += width;
  }
}

/// The input pixel of a channels-last image that position `tap` of the kernel meets at output pixel `row`; `zeros`
/// outside of the image.
HWY_INLINE const float* input_pixel(const ConvolutionGeometry& g, const float* x, std::int64_t x_stride,
                                    std::int64_t row, std::int64_t tap, const float* zeros) {
  const std::int64_t column = row % g.out_width, line = row / g.out_width;
  const std::int64_t h = line % g.out_height * g.stride + tap / g.kernel_width - g.padding_top;
  const std::int64_t w = column * g.stride + tap % g.kernel_width - g.padding_left;
  if (h < 0 || h >= g.in_height || w < 0 || w >= g.in_width) return zeros;
  return x + ((line / g.out_height * g.in_height + h) * g.in_width + w) * x_stride;
}

}  // namespace veneer::runtime::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
