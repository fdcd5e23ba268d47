// Where the elements of a packed weight stand.
#pragma once

#include <array>
#include <cstdint>

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

}  // namespace veneer::runtime
