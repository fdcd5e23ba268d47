// Element types, and conversion of stored types to the f32 in which everything is computed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace veneer {

enum class DType : std::uint8_t { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean };

std::size_t size_of(DType dtype);
std::string_view to_string(DType dtype);

/// f64, f32, f16, bf16.
bool is_floating(DType dtype);

float f16_to_f32(std::uint16_t bits);
std::uint16_t f32_to_f16(float value);  ///< to nearest, ties to even
inline float bf16_to_f32(std::uint16_t bits) {
  const std::uint32_t wide = std::uint32_t{bits} << 16;
  float value;
  __builtin_memcpy(&value, &wide, sizeof value);
  return value;
}
std::uint16_t f32_to_bf16(float value);  ///< to nearest, ties to even

/// dst[i] = src[i] as f32. `src` holds dst.size() elements of a floating type; it need not be aligned.
void convert_to_f32(DType dtype, const std::byte* src, std::span<float> dst);

}  // namespace veneer
