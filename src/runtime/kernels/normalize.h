// GroupNorm, LayerNorm and RMSNorm on f32, channels-last. Stateless; results depend on shapes and values alone, not on
// the number of threads. Moments are taken about a local mean and summed in f64, so that a large mean costs nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/kernels/elementwise.h"

namespace veneer::runtime {

/// x and y are [samples, pixels, channels]; `groups` divides `channels`.
struct GroupNormShape {
  std::int64_t samples, pixels, channels, groups;
};

struct GroupNormParameters {
  const float* gamma;  ///< [channels]
  const float* beta;   ///< [channels]
  float eps;
  const float* shift = nullptr;  ///< [samples, channels], added to x before the norm; null for none
  std::int64_t shift_stride = 0;
  Activation activation = Activation::none;  ///< none or silu
};

/// Bytes that group_norm needs, to be aligned to 64.
std::size_t group_norm_scratch_bytes(const GroupNormShape& shape);

/// y = activation(gamma (x + shift - mean) / sqrt(variance + eps) + beta) with the (biased) moments of each sample's
/// groups, as torch.nn.functional.group_norm. y may be x.
void group_norm(const GroupNormShape& shape, const GroupNormParameters& parameters, const float* x, float* y,
                std::byte* scratch);

/// y[r] = gamma (x[r] - mean) / sqrt(variance + eps) + beta over each row of x [rows, channels]; y may be x. `gamma`
/// and `beta` may both be null (no affine map).
void layer_norm(const float* x, std::int64_t rows, std::int64_t channels, float eps, const float* gamma,
                const float* beta, float* y);

/// y[r] = gamma x[r] / sqrt(mean(x[r]^2) + eps) over each row of x [rows, channels]; y may be x.
void rms_norm(const float* x, std::int64_t rows, std::int64_t channels, float eps, const float* gamma, float* y);

}  // namespace veneer::runtime
