// Merging low-rank updates into packed weights: W' = W + scale B A, written beside W, which stays untouched. On a CPU a
// merge costs about one pass over the weights, so it pays for itself within the first step of an image. Stateless.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "runtime/kernels/low_rank.h"

namespace veneer::runtime {

enum class WeightDim { out, in };

/// Where element (o, i, s) of weights [out, in, spatial] stands, in the manner of oneDNN's blocked formats
/// (dnnl_blocking_desc_t): the outer strides count whole blocks, and inside a block the `blocks` follow each other,
/// outermost first and dense. E.g. oneDNN's ABcd16b16a is {16 in, 16 out}; a plain layout has no blocks.
struct PackedLayout {
  struct Block {
    std::int64_t size;
    WeightDim dim;
  };
  std::int64_t out, in, spatial;
  std::int64_t padded_out, padded_in;  ///< multiples of the products of the blocks' sizes
  std::int64_t out_stride, in_stride, spatial_stride;
  int block_count = 0;
  std::array<Block, 6> blocks{};
};

/// Elements from the layout's first to its last, inclusive.
std::int64_t packed_weight_size(const PackedLayout& layout);

/// The position of (o, i, s), o < padded_out, i < padded_in.
std::int64_t packed_weight_offset(const PackedLayout& layout, std::int64_t o, std::int64_t i, std::int64_t s);

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
