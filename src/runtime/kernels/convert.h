// Widening of checkpoints' 16-bit floating-point values to f32. Exact. Stateless, parallel.
#pragma once

#include <cstdint>

namespace veneer::runtime {

/// IEEE binary16, as raw bits; subnormal numbers, infinities and NaNs included.
void f16_to_f32(const std::uint16_t* from, float* to, std::int64_t count);

/// bfloat16, as raw bits.
void bf16_to_f32(const std::uint16_t* from, float* to, std::int64_t count);

}  // namespace veneer::runtime
