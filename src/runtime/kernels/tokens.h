// What the transformers of diffusion do to tokens [samples, tokens, channels] between their matrices: modulation,
// gates, rotary positions, joins and patches. f32. Stateless; results do not depend on the number of threads.
#pragma once

#include <cstdint>

#include "runtime/kernels/elementwise.h"

namespace veneer::runtime {

struct TokenShape {
  std::int64_t samples, tokens, channels;
};

/// One row of `channels` values a sample, `stride` elements apart.
struct SampleRows {
  const float* data;
  std::int64_t stride;
};

/// y = x (1 + scale) + shift, with a sample's rows for all of its tokens. y may be x.
void modulate(const float* x, const TokenShape& shape, SampleRows scale, SampleRows shift, float* y);

/// y = x + gate h. y may be x or h.
void gated_add(const float* x, const float* h, const TokenShape& shape, SampleRows gate, float* y);

/// y = a b. y may be either.
void multiply(const float* a, const float* b, float* y, std::int64_t count);

/// Turns each pair of columns of every head: y = x cos + (x with the columns of each pair exchanged) sin. `table`
/// [tokens][2][head_dim]: cosines, then sines whose first of each pair is negative. head_dim is even and divides the
/// channels. y may be x.
void rotate_pairs(const float* x, const TokenShape& shape, std::int64_t head_dim, const float* table, float* y);

/// Copies `count` elements from each of `rows` rows to another; strides in elements. The ranges do not overlap.
void copy_rows(const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride, std::int64_t rows,
               std::int64_t count);

/// `patches` [samples, height, width, channels] counts patches; x [samples, height * width, patch * patch * channels]
/// becomes the image y [samples, height * patch, width * patch, channels].
void unpatchify(const float* x, const Shape& patches, std::int64_t patch, float* y);

}  // namespace veneer::runtime
