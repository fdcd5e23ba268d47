#include "runtime/kernels/normalize.h"

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "runtime/kernels/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/kernels/normalize.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "hwy/highway.h"
#include "runtime/kernels/simd_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace veneer::runtime::HWY_NAMESPACE {

// f32 sums run over so many pixels before they are added up in f64.
constexpr std::int64_t kChunk = 32;

// The mean in f32 of `pixels` rows (`origins`), and the sums of (x - origin) and of its square, for up to kVectors
// vectors of channels. A chunk's own mean as the origin keeps the sums small whatever the mean is; the rows are still
// in the first-level cache when they are read again.
template <int kVectors>
HWY_INLINE void chunk_moments(const float* x, std::int64_t stride, std::int64_t pixels, std::int64_t channels,
                              float* HWY_RESTRICT origins, float* HWY_RESTRICT sums, float* HWY_RESTRICT squares) {
  const F32 d;
  const V32 reciprocal = hn::Set(d, 1.0F / static_cast<float>(pixels));
  V32 origin[kVectors], sum[kVectors], square[kVectors];
  for (int v = 0; v < kVectors; ++v) origin[v] = sum[v] = square[v] = hn::Zero(d);
  for (std::int64_t p = 0; p < pixels; ++p) {
    const float* row = x + p * stride;
    for (int v = 0; v < kVectors; ++v) {
      origin[v] = hn::Add(origin[v], load_first(d, row + v * kLanes, channels - v * kLanes));
    }
  }
  for (int v = 0; v < kVectors; ++v) origin[v] = hn::Mul(origin[v], reciprocal);
  for (std::int64_t p = 0; p < pixels; ++p) {
    const float* row = x + p * stride;
    for (int v = 0; v < kVectors; ++v) {
      const V32 delta = hn::Sub(load_first(d, row + v * kLanes, channels - v * kLanes), origin[v]);
      sum[v] = hn::Add(sum[v], delta);
      square[v] = hn::MulAdd(delta, delta, square[v]);
    }
  }
  for (int v = 0; v < kVectors; ++v) {
    hn::StoreU(origin[v], d, origins + v * kLanes);
    hn::StoreU(sum[v], d, sums + v * kLanes);
    hn::StoreU(square[v], d, squares + v * kLanes);
  }
}

// Adds the f64 sums of x + shift and of its square over `pixels` rows to totals[2 g], totals[2 g + 1].
void span_moments(const float* x, const float* shift, std::int64_t pixels, std::int64_t channels, std::int64_t groups,
                  double* totals) {
  constexpr std::int64_t kBlock = 4 * kLanes;
  const std::int64_t per_group = channels / groups;
  float origins[kBlock], sums[kBlock], squares[kBlock];
  double total[kBlock], total_square[kBlock];
  for (std::int64_t c = 0; c < channels; c += kBlock) {
    const std::int64_t width = std::min(kBlock, channels - c);
    std::fill_n(total, width, 0.0);
    std::fill_n(total_square, width, 0.0);
    for (std::int64_t p = 0; p < pixels; p += kChunk) {
      const float* rows = x + p * channels + c;
      const std::int64_t count = std::min(kChunk, pixels - p);
      if (width == kBlock) {
        chunk_moments<4>(rows, channels, count, width, origins, sums, squares);
      } else {
        for (std::int64_t k = 0; k < width; k += kLanes) {
          chunk_moments<1>(rows + k, channels, count, width - k, origins + k, sums + k, squares + k);
        }
      }
      const auto n = static_cast<double>(count);
      for (std::int64_t k = 0; k < width; ++k) {
        const double origin =
            static_cast<double>(origins[k]) + (shift == nullptr ? 0.0 : static_cast<double>(shift[c + k]));
        const auto sum = static_cast<double>(sums[k]);
        total[k] += sum + n * origin;
        total_square[k] += static_cast<double>(squares[k]) + origin * (2.0 * sum + n * origin);
      }
    }
    for (std::int64_t k = 0; k < width; ++k) {
      const std::int64_t group = (c + k) / per_group;
      totals[2 * group] += total[k];
      totals[2 * group + 1] += total_square[k];
    }
  }
}

// Per-channel constants: y = (x - center) * factor + offset.
struct ChannelMap {
  const float *center, *factor, *offset;
};

template <Activation kActivation>
HWY_INLINE void normalize_rows(const float* x, float* y, std::int64_t rows, std::int64_t channels, ChannelMap map) {
  const F32 d;
  for (std::int64_t r = 0; r < rows; ++r, x += channels, y += channels) {
    for (std::int64_t c = 0; c < channels; c += kLanes) {
      const std::int64_t count = channels - c;
      const V32 centered = hn::Sub(load_first(d, x + c, count), load_first(d, map.center + c, count));
      V32 v = hn::MulAdd(centered, load_first(d, map.factor + c, count), load_first(d, map.offset + c, count));
      if constexpr (kActivation == Activation::silu) v = silu_of(d, v);
      store_first(v, d, y + c, count);
    }
  }
}

void normalize_pixels(Activation activation, const float* x, float* y, std::int64_t rows, std::int64_t channels,
                      const float* center, const float* factor, const float* offset) {
  const ChannelMap map{center, factor, offset};
  if (activation == Activation::silu) {
    normalize_rows<Activation::silu>(x, y, rows, channels, map);
  } else {
    normalize_rows<Activation::none>(x, y, rows, channels, map);
  }
}

// Sums of (x - origin) and of its square over a row.
HWY_INLINE void row_moments(const float* x, std::int64_t channels, float origin, double* sum, double* square) {
  const F32 d;
  const V32 o = hn::Set(d, origin);
  V32 s0 = hn::Zero(d), s1 = hn::Zero(d), q0 = hn::Zero(d), q1 = hn::Zero(d);
  std::int64_t c = 0;
  for (; c + 2 * kLanes <= channels; c += 2 * kLanes) {
    const V32 a = hn::Sub(hn::LoadU(d, x + c), o), b = hn::Sub(hn::LoadU(d, x + c + kLanes), o);
    s0 = hn::Add(s0, a);
    s1 = hn::Add(s1, b);
    q0 = hn::MulAdd(a, a, q0);
    q1 = hn::MulAdd(b, b, q1);
  }
  *sum = static_cast<double>(hn::GetLane(hn::SumOfLanes(d, hn::Add(s0, s1))));
  *square = static_cast<double>(hn::GetLane(hn::SumOfLanes(d, hn::Add(q0, q1))));
  for (; c < channels; ++c) {
    const double delta = static_cast<double>(x[c]) - static_cast<double>(origin);
    *sum += delta;
    *square += delta * delta;
  }
}

void layer_norm_rows(const float* x, std::int64_t rows, std::int64_t channels, float eps, const float* gamma,
                     const float* beta, float* y) {
  const F32 d;
  const auto n = static_cast<double>(channels);
  for (std::int64_t r = 0; r < rows; ++r, x += channels, y += channels) {
    double sum, square;
    row_moments(x, channels, x[0], &sum, &square);
    // The mean, rounded to f32, is the second origin; the variance about it needs hardly any correction.
    const auto center = static_cast<float>(static_cast<double>(x[0]) + sum / n);
    row_moments(x, channels, center, &sum, &square);
    const double rest = sum / n;
    const double deviation = 1.0 / std::sqrt(std::max(0.0, square / n - rest * rest) + static_cast<double>(eps));
    const V32 mean = hn::Set(d, center), residual = hn::Set(d, static_cast<float>(rest));
    const V32 factor = hn::Set(d, static_cast<float>(deviation));
    for (std::int64_t c = 0; c < channels; c += kLanes) {
      const std::int64_t count = channels - c;
      V32 v = hn::Mul(hn::Sub(hn::Sub(load_first(d, x + c, count), mean), residual), factor);
      if (gamma != nullptr) v = hn::MulAdd(v, load_first(d, gamma + c, count), load_first(d, beta + c, count));
      store_first(v, d, y + c, count);
    }
  }
}

void rms_norm_rows(const float* x, std::int64_t rows, std::int64_t channels, float eps, const float* gamma, float* y) {
  const F32 d;
  for (std::int64_t r = 0; r < rows; ++r, x += channels, y += channels) {
    double sum, square;
    row_moments(x, channels, 0.0F, &sum, &square);
    const double mean = square / static_cast<double>(channels);
    const V32 factor = hn::Set(d, static_cast<float>(1.0 / std::sqrt(mean + static_cast<double>(eps))));
    for (std::int64_t c = 0; c < channels; c += kLanes) {
      const std::int64_t count = channels - c;
      const V32 v = hn::Mul(load_first(d, x + c, count), factor);
      store_first(hn::Mul(v, load_first(d, gamma + c, count)), d, y + c, count);
    }
  }
}

}  // namespace veneer::runtime::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace veneer::runtime {
namespace {

HWY_EXPORT(span_moments);
HWY_EXPORT(normalize_pixels);
HWY_EXPORT(layer_norm_rows);
HWY_EXPORT(rms_norm_rows);

constexpr std::int64_t kGrain = 16384;

// A sample's pixels fall into spans that depend on the shape alone; spans are what threads share out.
constexpr std::int64_t kMostSpans = 64, kLeastSpan = 64;

std::int64_t span_pixels(const GroupNormShape& shape) {
  return std::max(kLeastSpan, (shape.pixels + kMostSpans - 1) / kMostSpans);
}
std::int64_t span_count(const GroupNormShape& shape) {
  return (shape.pixels + span_pixels(shape) - 1) / span_pixels(shape);
}

// Sums the spans in their order and writes the sample's ChannelMap: center, factor and offset, `channels` each.
void channel_map(const GroupNormShape& shape, const GroupNormParameters& parameters, std::int64_t sample,
                 const double* totals, float* map) {
  const std::int64_t per_group = shape.channels / shape.groups, spans = span_count(shape);
  const float* shift = parameters.shift == nullptr ? nullptr : parameters.shift + sample * parameters.shift_stride;
  const auto n = static_cast<double>(shape.pixels * per_group);
  for (std::int64_t group = 0; group < shape.groups; ++group) {
    double sum = 0.0, square = 0.0;
    for (std::int64_t span = 0; span < spans; ++span) {
      sum += totals[2 * (span * shape.groups + group)];
      square += totals[2 * (span * shape.groups + group) + 1];
    }
    const double mean = sum / n;
    const double variance = std::max(0.0, square / n - mean * mean);
    const double deviation = 1.0 / std::sqrt(variance + static_cast<double>(parameters.eps));
    for (std::int64_t c = group * per_group; c < (group + 1) * per_group; ++c) {
      const double exact = mean - (shift == nullptr ? 0.0 : static_cast<double>(shift[c]));
      const auto center = static_cast<float>(exact);
      const double factor = deviation * static_cast<double>(parameters.gamma[c]);
      map[c] = center;
      map[shape.channels + c] = static_cast<float>(factor);
      map[2 * shape.channels + c] =
          static_cast<float>(static_cast<double>(parameters.beta[c]) + (static_cast<double>(center) - exact) * factor);
    }
  }
}

std::size_t totals_bytes(const GroupNormShape& shape) {
  return static_cast<std::size_t>(shape.samples * span_count(shape) * shape.groups * 2) * sizeof(double);
}

}  // namespace

std::size_t group_norm_scratch_bytes(const GroupNormShape& shape) {
  return totals_bytes(shape) + static_cast<std::size_t>(shape.samples * shape.channels * 3) * sizeof(float);
}

void group_norm(const GroupNormShape& shape, const GroupNormParameters& parameters, const float* x, float* y,
                std::byte* scratch) {
  auto* totals = reinterpret_cast<double*>(scratch);
  auto* maps = reinterpret_cast<float*>(scratch + totals_bytes(shape));
  const std::int64_t spans = span_count(shape), span = span_pixels(shape), channels = shape.channels;
  const std::int64_t span_totals = 2 * shape.groups;

  parallel_for(shape.samples * spans, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t sample = item / spans, first = item % spans * span;
      const float* shift = parameters.shift == nullptr ? nullptr : parameters.shift + sample * parameters.shift_stride;
      std::fill_n(totals + item * span_totals, span_totals, 0.0);
      HWY_DYNAMIC_DISPATCH(span_moments)
      (x + (sample * shape.pixels + first) * channels, shift, std::min(span, shape.pixels - first), channels,
       shape.groups, totals + item * span_totals);
    }
  });
  for (std::int64_t sample = 0; sample < shape.samples; ++sample) {
    channel_map(shape, parameters, sample, totals + sample * spans * span_totals, maps + sample * 3 * channels);
  }
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / channels);
  parallel_for(shape.samples * shape.pixels, grain, [&](std::int64_t begin, std::int64_t end) {
    while (begin < end) {
      const std::int64_t sample = begin / shape.pixels;
      const std::int64_t rows = std::min(end, (sample + 1) * shape.pixels) - begin;
      const float* map = maps + sample * 3 * channels;
      HWY_DYNAMIC_DISPATCH(normalize_pixels)
      (parameters.activation, x + begin * channels, y + begin * channels, rows, channels, map, map + channels,
       map + 2 * channels);
      begin += rows;
    }
  });
}

void layer_norm(const float* x, std::int64_t rows, std::int64_t channels, float eps, const float* gamma,
                const float* beta, float* y) {
  parallel_for(rows, std::max<std::int64_t>(1, kGrain / channels), [&](std::int64_t begin, std::int64_t end) {
    HWY_DYNAMIC_DISPATCH(layer_norm_rows)
    (x + begin * channels, end - begin, channels, eps, gamma, beta, y + begin * channels);
  });
}

void rms_norm(const float* x, std::int64_t rows, std::int64_t channels, float eps, const float* gamma, float* y) {
  parallel_for(rows, std::max<std::int64_t>(1, kGrain / channels), [&](std::int64_t begin, std::int64_t end) {
    HWY_DYNAMIC_DISPATCH(rms_norm_rows)
    (x + begin * channels, end - begin, channels, eps, gamma, y + begin * channels);
  });
}

}  // namespace veneer::runtime

#endif  // HWY_ONCE
