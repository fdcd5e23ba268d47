// Merging low-rank updates into packed weights: W' = W + scale B A, written beside W, which stays untouched. On a CPU a
// merge costs about one pass over the weights, so it pays for itself within the first step of an image. Stateless.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/kernels/low_rank.h"
#include "runtime/kernels/packed_layout.h"

namespace veneer::runtime {

/// Floats that a tile of output channels has, and input channels that it has at most.
inline constexpr std::int64_t kTileOut = kLowRankPanel, kTileIn = 64;

/// tile [ins][kTileOut] = the update of input channels [first_in, first_in + ins) and output channels
/// [first_out, first_out + kTileOut), a multiple of kTileOut, at one kernel position; zero beyond the last output.
void low_rank_tile(const LowRankFactors& factors, std::int64_t first_out, std::int64_t spatial, std::int64_t first_in,
                   std::int64_t ins, float* tile);

/// Factors for the layout's rows [out_begin, out_begin + factors.shape.out), such as q of a fused qkv.
struct MergePart {
  LowRankFactors factors;
  std::int64_t out_begin = 0;
};

/// dst = base + the parts' updates, every part with shape.in = layout.in and shape.taps = layout.spatial. Rows that no
/// part covers are copied, as is padding. dst and base must not overlap. Runs at about the speed of memory where the
/// innermost block is a multiple of 16 output channels and the parts begin at multiples of 16, elsewhere at a
/// third of it.
void merge_low_rank(const PackedLayout& layout, const float* base, std::span<const MergePart> parts, float* dst);

}  // namespace veneer::runtime
