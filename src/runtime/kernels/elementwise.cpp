#include "runtime/kernels/elementwise.h"

#include "base/parallel.h"
#include "runtime/kernels/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/kernels/elementwise.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "hwy/highway.h"
#include "runtime/kernels/simd_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace veneer::runtime::HWY_NAMESPACE {

template <class Function>
HWY_INLINE void map(const float* x, float* y, std::int64_t count, const Function& function) {
  const F32 d;
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) hn::StoreU(function(d, hn::LoadU(d, x + i)), d, y + i);
  if (i < count) store_first(function(d, load_first(d, x + i, count - i)), d, y + i, count - i);
}

template <class Function>
HWY_INLINE void map2(const float* a, const float* b, float* y, std::int64_t count, const Function& function) {
  const F32 d;
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    hn::StoreU(function(d, hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, y + i);
  }
  const std::int64_t rest = count - i;
  if (rest > 0) store_first(function(d, load_first(d, a + i, rest), load_first(d, b + i, rest)), d, y + i, rest);
}

struct Silu {
  HWY_INLINE V32 operator()(F32 d, V32 x) const { return silu_of(d, x); }
};
struct Gelu {
  HWY_INLINE V32 operator()(F32 d, V32 x) const { return gelu_of(d, x); }
};
struct GeluTanh {
  HWY_INLINE V32 operator()(F32 d, V32 x) const { return gelu_tanh_of(d, x); }
};
struct QuickGelu {
  HWY_INLINE V32 operator()(F32 d, V32 x) const { return quick_gelu_of(d, x); }
};
struct Identity {
  HWY_INLINE V32 operator()(F32, V32 x) const { return x; }
};
struct Affine {
  float scale, offset;
  HWY_INLINE V32 operator()(F32 d, V32 x) const { return hn::MulAdd(x, hn::Set(d, scale), hn::Set(d, offset)); }
};
struct Sum {
  HWY_INLINE V32 operator()(F32, V32 a, V32 b) const { return hn::Add(a, b); }
};
struct Gated {
  HWY_INLINE V32 operator()(F32 d, V32 a, V32 b) const { return hn::Mul(a, gelu_of(d, b)); }
};

void activate_range(Activation activation, const float* x, float* y, std::int64_t count) {
  switch (activation) {
    case Activation::none:
      return map(x, y, count, Identity{});
    case Activation::silu:
      return map(x, y, count, Silu{});
    case Activation::gelu:
      return map(x, y, count, Gelu{});
    case Activation::gelu_tanh:
      return map(x, y, count, GeluTanh{});
    case Activation::quick_gelu:
      return map(x, y, count, QuickGelu{});
  }
}

void affine_range(const float* x, float scale, float offset, float* y, std::int64_t count) {
  map(x, y, count, Affine{scale, offset});
}

void add_range(const float* a, const float* b, float* y, std::int64_t count) {
  map2(a, b, y, count, Sum{});
}

void gated_range(const float* a, const float* b, float* y, std::int64_t count) {
  map2(a, b, y, count, Gated{});
}

}  // namespace veneer::runtime::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <cmath>
#include <cstring>

namespace veneer::runtime {
namespace {

HWY_EXPORT(activate_range);
HWY_EXPORT(affine_range);
HWY_EXPORT(add_range);
HWY_EXPORT(gated_range);

// Elements below which a second thread does not pay.
constexpr std::int64_t kGrain = 16384;

std::int64_t row_grain(std::int64_t channels) {
  return std::max<std::int64_t>(1, kGrain / channels);
}

void copy(float* to, const float* from, std::int64_t count) {
  std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
}

}  // namespace

void activate(Activation activation, const float* x, float* y, std::int64_t count) {
  parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    HWY_DYNAMIC_DISPATCH(activate_range)(activation, x + begin, y + begin, end - begin);
  });
}

void geglu(const float* x, float* y, std::int64_t rows, std::int64_t channels) {
  parallel_for(rows, row_grain(channels), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const float* row = x + 2 * r * channels;
      HWY_DYNAMIC_DISPATCH(gated_range)(row, row + channels, y + r * channels, channels);
    }
  });
}

void add(const float* a, const float* b, float* y, std::int64_t count) {
  parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    HWY_DYNAMIC_DISPATCH(add_range)(a + begin, b + begin, y + begin, end - begin);
  });
}

void affine(const float* x, float scale, float offset, float* y, std::int64_t count) {
  parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    HWY_DYNAMIC_DISPATCH(affine_range)(x + begin, scale, offset, y + begin, end - begin);
  });
}

void add_channels(const float* x, const float* s, std::int64_t s_stride, float* y, std::int64_t samples,
                  std::int64_t pixels, std::int64_t channels) {
  parallel_for(samples * pixels, row_grain(channels), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      HWY_DYNAMIC_DISPATCH(add_range)
      (x + r * channels, s + r / pixels * s_stride, y + r * channels, channels);
    }
  });
}

namespace {

std::int64_t nearest_index(std::int64_t target, std::int64_t in, std::int64_t out) {
  if (in == out) return target;
  if (out == 2 * in) return target / 2;
  const float scale = static_cast<float>(in) / static_cast<float>(out);
  return std::min(static_cast<std::int64_t>(std::floor(static_cast<float>(target) * scale)), in - 1);
}

}  // namespace

void upsample_nearest(const float* x, const Shape& shape, std::int64_t height, std::int64_t width, float* y) {
  const std::int64_t samples = shape[0], from_height = shape[1], from_width = shape[2], channels = shape[3];
  parallel_for(samples * height, row_grain(width * channels), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t source_row = row / height * from_height + nearest_index(row % height, from_height, height);
      const float* from = x + source_row * from_width * channels;
      float* to = y + row * width * channels;
      for (std::int64_t column = 0; column < width; ++column) {
        copy(to + column * channels, from + nearest_index(column, from_width, width) * channels, channels);
      }
    }
  });
}

void timestep_embedding(const graph::TimestepEmbedding& embedding, const float* timesteps, std::int64_t count,
                        float* y) {
  const std::int64_t half = embedding.dim / 2;
  const auto log_period = static_cast<float>(-std::log(10000.0));
  const float divisor = static_cast<float>(half) - embedding.downscale_freq_shift;
  for (std::int64_t i = 0; i < count; ++i) {
    float* row = y + i * embedding.dim;
    float* sines = embedding.flip_sin_to_cos ? row + half : row;
    float* cosines = embedding.flip_sin_to_cos ? row : row + half;
    for (std::int64_t k = 0; k < half; ++k) {
      const float frequency = std::exp(log_period * static_cast<float>(k) / divisor);
      const float angle = timesteps[i] * frequency;
      sines[k] = std::sin(angle);
      cosines[k] = std::cos(angle);
    }
    if (embedding.dim % 2 == 1) row[embedding.dim - 1] = 0.0F;
  }
}

}  // namespace veneer::runtime

#endif  // HWY_ONCE
