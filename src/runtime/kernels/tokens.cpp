#include "runtime/kernels/tokens.h"

#include "base/parallel.h"
#include "runtime/kernels/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/kernels/tokens.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "hwy/highway.h"
#include "runtime/kernels/simd_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace veneer::runtime::HWY_NAMESPACE {

// y = x (1 + scale) + shift
void modulate_row(const float* x, const float* scale, const float* shift, std::int64_t channels, float* y) {
  const F32 d;
  for (std::int64_t c = 0; c < channels; c += kLanes) {
    const std::int64_t count = channels - c;
    const V32 factor = hn::Add(load_first(d, scale + c, count), hn::Set(d, 1.0F));
    store_first(hn::MulAdd(load_first(d, x + c, count), factor, load_first(d, shift + c, count)), d, y + c, count);
  }
}

// y = x + gate * h
void gate_row(const float* x, const float* h, const float* gate, std::int64_t channels, float* y) {
  const F32 d;
  for (std::int64_t c = 0; c < channels; c += kLanes) {
    const std::int64_t count = channels - c;
    store_first(hn::MulAdd(load_first(d, h + c, count), load_first(d, gate + c, count), load_first(d, x + c, count)), d,
                y + c, count);
  }
}

void multiply_range(const float* a, const float* b, float* y, std::int64_t count) {
  const F32 d;
  for (std::int64_t i = 0; i < count; i += kLanes) {
    const std::int64_t rest = count - i;
    store_first(hn::Mul(load_first(d, a + i, rest), load_first(d, b + i, rest)), d, y + i, rest);
  }
}

// One head of one token.
void rotate_row(const float* x, const float* cosines, const float* sines, std::int64_t head_dim, float* y) {
#if HWY_TARGET == HWY_SCALAR
  for (std::int64_t c = 0; c < head_dim; c += 2) {
    const float even = x[c], odd = x[c + 1];
    y[c] = even * cosines[c] + odd * sines[c];
    y[c + 1] = odd * cosines[c + 1] + even * sines[c + 1];
  }
#else
  const F32 d;
  for (std::int64_t c = 0; c < head_dim; c += kLanes) {
    const std::int64_t count = head_dim - c;
    const V32 v = load_first(d, x + c, count);
    const V32 turned = hn::Mul(hn::Reverse2(d, v), load_first(d, sines + c, count));
    store_first(hn::MulAdd(v, load_first(d, cosines + c, count), turned), d, y + c, count);
  }
#endif
}

}  // namespace veneer::runtime::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <cstring>

namespace veneer::runtime {
namespace {

HWY_EXPORT(modulate_row);
HWY_EXPORT(gate_row);
HWY_EXPORT(multiply_range);
HWY_EXPORT(rotate_row);

// Elements below which a second thread does not pay.
constexpr std::int64_t kGrain = 16384;

/// Calls visit(row, sample) for every token.
template <class Visit>
void for_each_token(const TokenShape& shape, const Visit& visit) {
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / shape.channels);
  parallel_for(shape.samples * shape.tokens, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) visit(row, row / shape.tokens);
  });
}

void copy(float* to, const float* from, std::int64_t count) {
  std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
}

}  // namespace

void modulate(const float* x, const TokenShape& shape, SampleRows scale, SampleRows shift, float* y) {
  for_each_token(shape, [&](std::int64_t row, std::int64_t sample) {
    HWY_DYNAMIC_DISPATCH(modulate_row)
    (x + row * shape.channels, scale.data + sample * scale.stride, shift.data + sample * shift.stride, shape.channels,
     y + row * shape.channels);
  });
}

void gated_add(const float* x, const float* h, const TokenShape& shape, SampleRows gate, float* y) {
  for_each_token(shape, [&](std::int64_t row, std::int64_t sample) {
    HWY_DYNAMIC_DISPATCH(gate_row)
    (x + row * shape.channels, h + row * shape.channels, gate.data + sample * gate.stride, shape.channels,
     y + row * shape.channels);
  });
}

void multiply(const float* a, const float* b, float* y, std::int64_t count) {
  parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    HWY_DYNAMIC_DISPATCH(multiply_range)(a + begin, b + begin, y + begin, end - begin);
  });
}

void rotate_pairs(const float* x, const TokenShape& shape, std::int64_t head_dim, const float* table, float* y) {
  for_each_token(shape, [&](std::int64_t row, std::int64_t sample) {
    const float* cosines = table + 2 * (row - sample * shape.tokens) * head_dim;
    for (std::int64_t c = row * shape.channels; c < (row + 1) * shape.channels; c += head_dim)
      HWY_DYNAMIC_DISPATCH(rotate_row)(x + c, cosines, cosines + head_dim, head_dim, y + c);
  });
}

void copy_rows(const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride, std::int64_t rows,
               std::int64_t count) {
  const std::int64_t pieces = std::max<std::int64_t>(1, count / kGrain);
  parallel_for(rows * pieces, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t row = item / pieces, piece = item % pieces;
      const std::int64_t first = count * piece / pieces, last = count * (piece + 1) / pieces;
      copy(to + row * to_stride + first, from + row * from_stride + first, last - first);
    }
  });
}

void unpatchify(const float* x, const Shape& patches, std::int64_t patch, float* y) {
  const std::int64_t rows = patches[0] * patches[1], width = patches[2];
  const std::int64_t run = patch * patches[3];  // a patch's pixels of one row
  parallel_for(rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      for (std::int64_t column = 0; column < width; ++column) {
        const float* from = x + (row * width + column) * patch * run;
        for (std::int64_t p = 0; p < patch; ++p)
          copy(y + ((row * patch + p) * width + column) * run, from + p * run, run);
      }
    }
  });
}

}  // namespace veneer::runtime

#endif  // HWY_ONCE
