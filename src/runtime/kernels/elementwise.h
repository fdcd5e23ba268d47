// Elementwise and data-moving kernels on f32, channels-last. Stateless; outputs may not overlap inputs unless a
// function says so. Rows are pixels or tokens: [N, H, W, C] has N*H*W rows of C.
#pragma once

#include <cstdint>

#include "graph/ops.h"

namespace veneer::runtime {

using graph::Activation;

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

/// Nearest-neighbour resampling of x [N, H, W, C] to (height, width) by PyTorch's rule for a given size: source index
/// floor(target * (in / out)), in f32, but exact where the size is the same or doubles.
void upsample_nearest(const float* x, const Shape& shape, std::int64_t height, std::int64_t width, float* y);

/// y[i] = sinusoids of timesteps[i], [count, embedding.dim]; computed in f32 in the order in which PyTorch does.
void timestep_embedding(const graph::TimestepEmbedding& embedding, const float* timesteps, std::int64_t count,
                        float* y);

}  // namespace veneer::runtime
