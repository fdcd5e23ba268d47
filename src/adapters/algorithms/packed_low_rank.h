// Low-rank factors laid out for the kernels, with their memory.
#pragma once

#include <memory>

#include "adapters/delta.h"
#include "runtime/buffer.h"
#include "runtime/kernels/low_rank.h"

namespace veneer::adapters {

struct PackedLowRank {
  /// `taps` kernel positions; the scale is folded in.
  PackedLowRank(const LowRank& form, float scale, std::int64_t taps);
  runtime::Buffer data;
  runtime::LowRankFactors factors{};
};

}  // namespace veneer::adapters
