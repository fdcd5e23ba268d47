#include "runtime/kernels/packed_layout.h"

namespace veneer::runtime {

std::int64_t packed_weight_offset(const PackedLayout& layout, std::int64_t o, std::int64_t i, std::int64_t s) {
  std::int64_t inner = 0, stride = 1;
  std::int64_t out_left = o, in_left = i;
  for (int b = layout.block_count - 1; b >= 0; --b) {
    const PackedLayout::Block& block = layout.blocks[static_cast<std::size_t>(b)];
    std::int64_t& left = block.dim == WeightDim::out ? out_left : in_left;
    inner += left % block.size * stride;
    left /= block.size;
    stride *= block.size;
  }
  return inner + out_left * layout.out_stride + in_left * layout.in_stride + s * layout.spatial_stride;
}

std::int64_t packed_weight_size(const PackedLayout& layout) {
  return packed_weight_offset(layout, layout.padded_out - 1, layout.padded_in - 1, layout.spatial - 1) + 1;
}

}  // namespace veneer::runtime
