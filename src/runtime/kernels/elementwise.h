// Elementwise and data-moving kernels on f32, channels-last. Stateless; outputs may not overlap inputs unless a
// function says so. Rows are pixels or tokens: [N, H, W, C] has N*H*W rows of C.
#pragma once

#include <cstdint>
#include <span>

namespace veneer::runtime {

enum class Activation {
  none,
  silu,        ///< x / (1 + e^-x)
  gelu,        ///< x / 2 (1 + erf(x / sqrt 2))
  gelu_tanh,   ///< GELU's tanh approximation
  quick_gelu,  ///< x / (1 + e^(-1.702 x))
};

/// y = activation(x); y may be x.
void activate(Activation activation, const float* x, float* y, std::int64_t count);

/// y[r, c] = x[r, c] * gelu(x[r, channels + c]): x [rows, 2 channels], y [rows, channels].
void geglu(const float* x, float* y, std::int64_t rows, std::int64_t channels);

/// y = a + b; y may be a or b.
void add(const float* a, const float* b, float* y, std::int64_t count);

/// y = scale * x + offset; y may be x.
void affine(const float* x, float scale, float offset, float* y, std::int64_t count);

/// y[n, p, c] = x[n, p, c] + s[n, c], s with a row stride in elements; y may be x.
void add_channels(const float* x, const float* s, std::int64_t s_stride, float* y, std::int64_t samples,
                  std::int64_t pixels, std::int64_t channels);

struct ChannelSource {
  const float* data;
  std::int64_t channels;
};

/// y[r] = the sources' rows r one after the other.
void concat_channels(std::span<const ChannelSource> sources, float* y, std::int64_t rows);

struct ImageShape {
  std::int64_t samples, height, width, channels;
};

/// Nearest-neighbour resampling from x's size to (height, width) by PyTorch's rule for a given size: source index
/// floor(target * (in / out)), in f32, but exact where the size is the same or doubles.
void upsample_nearest(const float* x, const ImageShape& shape, std::int64_t height, std::int64_t width, float* y);

enum class SinusoidOrder { sin_first, cos_first };

/// diffusers' get_timestep_embedding; `cos_first` is its flip_sin_to_cos=True.
struct TimestepEmbedding {
  std::int64_t channels;
  SinusoidOrder order = SinusoidOrder::sin_first;
  float downscale_freq_shift = 1.0F;
  float scale = 1.0F;
  double max_period = 10000.0;
};

/// y[i] = sinusoids of timesteps[i], [count, channels]; computed in f32 in the order in which PyTorch does.
void timestep_embedding(const TimestepEmbedding& embedding, const float* timesteps, std::int64_t count, float* y);

}  // namespace veneer::runtime
