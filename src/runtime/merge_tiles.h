// Merging any delta into packed weights, a tile at a time: whoever knows how to compute a tile of its delta can be
// merged into every layout. Plain low-rank deltas have a faster way (kernels/low_rank_merge.h).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "runtime/kernels/low_rank_merge.h"

namespace veneer::runtime {

/// Input channels [first_in, first_in + ins), ins <= kTileIn, of output channels [first_out, first_out + outs),
/// outs <= kTileOut, at one kernel position; first_out is a multiple of kTileOut.
struct TilePlace {
  std::int64_t first_out, outs, first_in, ins, spatial;
};

/// Adds a delta, with its scale, to tile [ins][kTileOut]. May be called by several threads at a time; owns what it
/// needs.
using AddTile = std::function<void(const TilePlace& place, float* tile)>;

/// Lengths that the sum of weight and delta is brought to (https://arxiv.org/abs/2402.09353): of each output channel's
/// row, or of each input channel's column with all taps.
struct TileMagnitude {
  std::vector<float> lengths;  ///< [out] or [in]
  WeightDim axis = WeightDim::out;
};

/// W' = W + delta, or with a magnitude (W + delta) * lengths / |W + delta|.
struct TileTerm {
  AddTile add;
  std::optional<TileMagnitude> magnitude;
};

/// What is merged into the layout's rows [out_begin, out_begin + out). Every term is measured against W alone, so their
/// order does not matter.
struct TilePart {
  std::int64_t out_begin = 0, out = 0;
  std::optional<LowRankFactors> factors;
  std::span<const TileTerm> terms;
};

/// dst = base with the parts' changes; the rest is copied. dst and base must not overlap. Runs on the calling thread's
/// team. Every element is the same bits whatever the team.
void merge_tiles(const PackedLayout& layout, const float* base, std::span<const TilePart> parts, float* dst);

}  // namespace veneer::runtime
