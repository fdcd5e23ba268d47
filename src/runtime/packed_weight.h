// A weight as oneDNN wants it. Internal to src/runtime.
#pragma once

#include <cstdint>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <vector>

#include "runtime/buffer.h"
#include "runtime/kernels/packed_layout.h"
#include "runtime/weights.h"

namespace veneer::runtime {

/// Rows [row_begin, row_begin + rows) of a packed weight are a slot's.
struct SlotRows {
  SlotId slot = 0;
  std::int64_t row_begin = 0, rows = 0;
};

/// Immutable once made.
struct PackedWeight {
  PackedId id = 0;
  std::int64_t out = 0, in = 0, kernel_height = 1, kernel_width = 1;
  Buffer data;
  Buffer bias;                         ///< [out], zeros where the layer has none
  dnnl::memory memory, bias_memory;    ///< over `data` and `bias`
  std::optional<PackedLayout> layout;  ///< of `data` in our own words; none if they cannot say it
  std::vector<SlotRows> slots;         ///< one a part, in the order of rows
};

}  // namespace veneer::runtime
