// Convolution over weights in blocks of output channels: for the shapes for which oneDNN would want the weights in
// another layout. Stateless; every output pixel is the same bits whatever pixels are computed with it, in whatever
// split over threads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/kernels/low_rank.h"
#include "runtime/kernels/packed_layout.h"

namespace veneer::runtime {

/// Whether convolve() can read weights that lie so: blocks of a multiple of 16 output channels, one input channel after
/// the other (oneDNN's Acdb16a, Acdb32a...).
bool convolvable(const PackedLayout& layout);

/// Bytes that convolve() needs, to be aligned to 64.
std::size_t convolution_scratch_bytes(const PackedLayout& layout);

/// y = conv(x, weights) + bias (+ residual, unless null), channels-last: x [samples, in_height, in_width, in], y and
/// residual [samples, out_height, out_width, out]. Weights are aligned to 64 bytes. y may be the residual.
void convolve(const PackedLayout& layout, const ConvolutionGeometry& geometry, const float* x, const float* weights,
              const float* bias, const float* residual, float* y, std::byte* scratch);

}  // namespace veneer::runtime
