#include "runtime/kernels/convert.h"

#include <bit>
#include <limits>

#include "unit/runtime/kernels/every_target.h"

namespace veneer::runtime {
namespace {

double exact_f16(unsigned bits) {
  const double sign = bits >> 15 != 0 ? -1.0 : 1.0;
  const int exponent = static_cast<int>(bits >> 10 & 31U);
  const double fraction = static_cast<double>(bits & 1023U) / 1024.0;
  return sign * (exponent == 0 ? std::ldexp(fraction, -14) : std::ldexp(1.0 + fraction, exponent - 15));
}

Tensor stored(DType dtype, const std::vector<std::uint16_t>& bits) {
  return {dtype, {static_cast<std::int64_t>(bits.size())}, std::as_bytes(std::span(bits)), nullptr};
}

TEST(Convert, EveryF16) {
  std::vector<std::uint16_t> from(65536 + 3);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<std::uint16_t>(i);
  on_every_target([&] {
    std::vector<float> to(from.size());
    widen(stored(DType::f16, from), to.data());
    for (std::size_t i = 0; i < from.size(); ++i) {
      const unsigned bits = from[i], exponent = bits >> 10 & 31U;
      if (exponent == 31 && (bits & 1023U) != 0) {
        ASSERT_TRUE(std::isnan(to[i])) << bits;
      } else if (exponent == 31) {
        ASSERT_EQ(to[i],
                  bits >> 15 != 0 ? -std::numeric_limits<float>::infinity() : std::numeric_limits<float>::infinity());
      } else {
        ASSERT_EQ(static_cast<double>(to[i]), exact_f16(bits)) << bits;
        ASSERT_EQ(std::signbit(to[i]), bits >> 15 != 0) << bits;
      }
    }
  });
}

TEST(Convert, EveryBf16) {
  std::vector<std::uint16_t> from(65536 + 5);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<std::uint16_t>(i);
  on_every_target([&] {
    std::vector<float> to(from.size());
    widen(stored(DType::bf16, from), to.data());
    for (std::size_t i = 0; i < from.size(); ++i) {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(to[i]), static_cast<std::uint32_t>(from[i]) << 16);
    }
  });
}

}  // namespace
}  // namespace veneer::runtime
