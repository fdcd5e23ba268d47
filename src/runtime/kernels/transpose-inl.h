// Transposition between rows in memory and lanes of vectors. Included once per Highway target (hence the guard that
// flips).
#if defined(VENEER_RUNTIME_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VENEER_RUNTIME_TRANSPOSE_INL_H_
#undef VENEER_RUNTIME_TRANSPOSE_INL_H_
#else
#define VENEER_RUNTIME_TRANSPOSE_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace veneer::runtime::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR

// Column c..c+3 of every fourth row: block b of 128 bits is row 4 b.
template <class D>
HWY_INLINE hn::Vec<D> load_blocks(D d, const float* const* rows, std::int64_t c) {
  if constexpr (hn::MaxLanes(D()) > 4) {
    const hn::Half<D> half;
    return hn::Combine(d, load_blocks(half, rows + hn::MaxLanes(half), c), load_blocks(half, rows, c));
  } else {
    return hn::LoadU(d, rows[0] + c);
  }
}

// The reverse, for the rows below `count`.
template <class D>
HWY_INLINE void store_blocks(D d, hn::Vec<D> v, float* row, std::int64_t stride, std::int64_t count) {
  if constexpr (hn::MaxLanes(D()) > 4) {
    const hn::Half<D> half;
    constexpr std::int64_t kHalf = static_cast<std::int64_t>(hn::MaxLanes(hn::Half<D>()));
    store_blocks(half, hn::LowerHalf(half, v), row, stride, count);
    store_blocks(half, hn::UpperHalf(half, v), row + kHalf * stride, stride, count - kHalf);
  } else if (count > 0) {
    hn::StoreU(v, d, row);
  }
}

// Transposes each 4 x 4 block.
template <class D, class V = hn::Vec<D>>
HWY_INLINE void transpose_blocks(D d, V (&v)[4]) {
  const V a = hn::InterleaveLower(d, v[0], v[2]), b = hn::InterleaveLower(d, v[1], v[3]);
  const V e = hn::InterleaveUpper(d, v[0], v[2]), f = hn::InterleaveUpper(d, v[1], v[3]);
  v[0] = hn::InterleaveLower(d, a, b);
  v[1] = hn::InterleaveUpper(d, a, b);
  v[2] = hn::InterleaveLower(d, e, f);
  v[3] = hn::InterleaveUpper(d, e, f);
}

#endif

/// to[c * to_stride + j] = factor * rows[j * stride + c] for c < columns and every lane j of `d`, `to` aligned. Only
/// `count` >= 1 rows are read; the lanes beyond repeat the last.
template <class D>
HWY_INLINE void rows_to_lanes([[maybe_unused]] D d, const float* rows, std::int64_t stride, std::int64_t count,
                              std::int64_t columns, float factor, float* HWY_RESTRICT to, std::int64_t to_stride) {
  constexpr std::size_t kWidth = hn::MaxLanes(D());
  const float* row[kWidth];
  for (std::size_t j = 0; j < kWidth; ++j) {
    row[j] = rows + (static_cast<std::int64_t>(j) < count ? static_cast<std::int64_t>(j) : count - 1) * stride;
  }
  std::int64_t c = 0;
#if HWY_TARGET != HWY_SCALAR
  const auto factors = hn::Set(d, factor);
  for (; c + 4 <= columns; c += 4) {
    hn::Vec<D> v[4];
    for (int i = 0; i < 4; ++i) v[i] = load_blocks(d, row + i, c);
    transpose_blocks(d, v);
    for (int i = 0; i < 4; ++i) hn::Store(hn::Mul(v[i], factors), d, to + (c + i) * to_stride);
  }
#endif
  for (; c < columns; ++c) {
    for (std::size_t j = 0; j < kWidth; ++j) to[c * to_stride + static_cast<std::int64_t>(j)] = factor * row[j][c];
  }
}

/// rows[j * stride + c] = from[c * from_stride + j] * factors[j] for c < columns, j < count; `from` and `factors`
/// aligned.
template <class D>
HWY_INLINE void lanes_to_rows([[maybe_unused]] D d, const float* HWY_RESTRICT from, std::int64_t from_stride,
                              const float* HWY_RESTRICT factors, std::int64_t columns, float* rows, std::int64_t stride,
                              std::int64_t count) {
  constexpr auto kWidth = static_cast<std::int64_t>(hn::MaxLanes(D()));
  std::int64_t c = 0;
#if HWY_TARGET != HWY_SCALAR
  const auto factor = hn::Load(d, factors);
  for (; c + 4 <= columns; c += 4) {
    hn::Vec<D> v[4];
    for (int i = 0; i < 4; ++i) v[i] = hn::Mul(hn::Load(d, from + (c + i) * from_stride), factor);
    transpose_blocks(d, v);
    for (int i = 0; i < 4; ++i) store_blocks(d, v[i], rows + i * stride + c, stride, count - i);
  }
#endif
  for (; c < columns; ++c) {
    for (std::int64_t j = 0; j < kWidth && j < count; ++j)
      rows[j * stride + c] = from[c * from_stride + j] * factors[j];
  }
}

}  // namespace veneer::runtime::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
