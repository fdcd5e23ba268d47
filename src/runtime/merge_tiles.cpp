#include "runtime/merge_tiles.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "base/parallel.h"

namespace veneer::runtime {
namespace {

using Tile = std::array<float, static_cast<std::size_t>(kTileIn* kTileOut)>;

std::int64_t tiles_of(std::int64_t channels, std::int64_t tile) {
  return (channels + tile - 1) / tile;
}

/// Where the elements of a part stand in the packed weight: every inner block belongs to one dimension, so an offset is
/// the sum of what each index contributes.
class Offsets {
 public:
  Offsets(const PackedLayout& layout, const TilePart& part) : spatial_stride_(layout.spatial_stride) {
    for (std::int64_t o = 0; o < part.out; ++o) out_.push_back(packed_weight_offset(layout, part.out_begin + o, 0, 0));
    for (std::int64_t i = 0; i < layout.in; ++i) in_.push_back(packed_weight_offset(layout, 0, i, 0));
  }

  /// visit(packed offset, input and output channel within the tile)
  template <class Visit>
  void for_each(const TilePlace& place, Visit&& visit) const {
    const std::int64_t* out = out_.data() + place.first_out;
    const std::int64_t* in = in_.data() + place.first_in;
    const std::int64_t first = place.spatial * spatial_stride_;
    const bool dense = out[place.outs - 1] - out[0] == place.outs - 1;  // offsets grow with the channel
    for (std::int64_t i = 0; i < place.ins; ++i) {
      const std::int64_t row = first + in[i];
      if (dense)
        for (std::int64_t o = 0; o < place.outs; ++o) visit(row + out[0] + o, i, o);
      else
        for (std::int64_t o = 0; o < place.outs; ++o) visit(row + out[o], i, o);
    }
  }

 private:
  std::vector<std::int64_t> out_, in_;
  std::int64_t spatial_stride_;
};

std::size_t in_tile(std::int64_t i, std::int64_t o) {
  return static_cast<std::size_t>(i * kTileOut + o);
}

/// W + delta of one term.
void fill_sum(const TileTerm& term, const TilePlace& place, const Offsets& offsets, const float* base, Tile& sum) {
  sum.fill(0);
  term.add(place, sum.data());
  offsets.for_each(place, [&](std::int64_t at, std::int64_t i, std::int64_t o) { sum[in_tile(i, o)] += base[at]; });
}

/// The factor of each output or input channel that brings W + delta to its lengths. A channel is summed by one thread.
std::vector<float> factors_of(const PackedLayout& layout, const float* base, const TilePart& part, const TileTerm& term,
                              const Offsets& offsets) {
  const TileMagnitude& magnitude = *term.magnitude;
  std::vector<float> factors(magnitude.lengths.size());
  const bool rows = magnitude.axis == WeightDim::out;
  const std::int64_t outs = tiles_of(part.out, kTileOut), ins = tiles_of(layout.in, kTileIn);
  const std::int64_t width = rows ? kTileOut : kTileIn;
  parallel_for(rows ? outs : ins, 1, [&](std::int64_t begin, std::int64_t end) {
    Tile sum;
    for (std::int64_t own = begin; own < end; ++own) {
      std::array<double, static_cast<std::size_t>(kTileIn)> squares{};
      for (std::int64_t other = 0; other < (rows ? ins : outs); ++other) {
        const std::int64_t out = (rows ? own : other) * kTileOut, in = (rows ? other : own) * kTileIn;
        for (std::int64_t tap = 0; tap < layout.spatial; ++tap) {
          const TilePlace place{out, std::min(kTileOut, part.out - out), in, std::min(kTileIn, layout.in - in), tap};
          fill_sum(term, place, offsets, base, sum);
          for (std::int64_t i = 0; i < place.ins; ++i)
            for (std::int64_t o = 0; o < place.outs; ++o) {
              const double value = sum[in_tile(i, o)];
              squares[static_cast<std::size_t>(rows ? o : i)] += value * value;
            }
        }
      }
      const std::int64_t first = own * width;
      const auto count = std::min(width, static_cast<std::int64_t>(factors.size()) - first);
      for (std::int64_t i = 0; i < count; ++i) {
        const double length = std::sqrt(squares[static_cast<std::size_t>(i)]);
        const auto at = static_cast<std::size_t>(first + i);
        factors[at] = length > 0 ? static_cast<float>(double{magnitude.lengths[at]} / length) : 0;  // all of it is 0
      }
    }
  });
  return factors;
}

/// One part's change of one tile.
void fill_change(const TilePart& part, std::span<const std::vector<float>> factors, const TilePlace& place,
                 const Offsets& offsets, const float* base, Tile& change) {
  change.fill(0);
  if (part.factors)
    low_rank_tile(*part.factors, place.first_out, place.spatial, place.first_in, place.ins, change.data());
  Tile sum;
  for (std::size_t t = 0; t < part.terms.size(); ++t) {
    const TileTerm& term = part.terms[t];
    if (!term.magnitude) {
      term.add(place, change.data());
      continue;
    }
    fill_sum(term, place, offsets, base, sum);
    const bool rows = term.magnitude->axis == WeightDim::out;
    const float* factor = factors[t].data() + (rows ? place.first_out : place.first_in);
    offsets.for_each(place, [&](std::int64_t at, std::int64_t i, std::int64_t o) {
      change[in_tile(i, o)] += factor[rows ? o : i] * sum[in_tile(i, o)] - base[at];
    });
  }
}

void merge_part(const PackedLayout& layout, const float* base, const TilePart& part, float* dst) {
  const Offsets offsets(layout, part);
  std::vector<std::vector<float>> factors;
  for (const TileTerm& term : part.terms)
    factors.push_back(term.magnitude ? factors_of(layout, base, part, term, offsets) : std::vector<float>());
  const std::int64_t ins = tiles_of(layout.in, kTileIn), tiles = tiles_of(part.out, kTileOut) * layout.spatial * ins;
  parallel_for(tiles, 4, [&](std::int64_t begin, std::int64_t end) {
    Tile change;
    for (std::int64_t tile = begin; tile < end; ++tile) {
      const std::int64_t in = tile % ins * kTileIn, out = tile / ins / layout.spatial * kTileOut;
      const TilePlace place{out, std::min(kTileOut, part.out - out), in, std::min(kTileIn, layout.in - in),
                            tile / ins % layout.spatial};
      fill_change(part, factors, place, offsets, base, change);
      offsets.for_each(place,
                       [&](std::int64_t at, std::int64_t i, std::int64_t o) { dst[at] += change[in_tile(i, o)]; });
    }
  });
}

}  // namespace

void merge_tiles(const PackedLayout& layout, const float* base, std::span<const TilePart> parts, float* dst) {
  parallel_for(packed_weight_size(layout), 16384, [&](std::int64_t begin, std::int64_t end) {
    std::memcpy(dst + begin, base + begin, static_cast<std::size_t>(end - begin) * sizeof(float));
  });
  for (const TilePart& part : parts) merge_part(layout, base, part, dst);
}

}  // namespace veneer::runtime
