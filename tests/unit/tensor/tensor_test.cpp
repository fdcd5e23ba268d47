#include "tensor/tensor.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "base/error.h"

namespace veneer {
namespace {

TEST(DType, F16RoundTripsEveryFiniteValue) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = f16_to_f32(static_cast<std::uint16_t>(bits));
    if (std::isnan(value)) continue;
    EXPECT_EQ(f32_to_f16(value), bits);
  }
}

TEST(DType, F16RoundsToNearestEven) {
  EXPECT_EQ(f32_to_f16(1.0f + 0x1p-11f), f32_to_f16(1.0f));
  EXPECT_EQ(f32_to_f16(1.0f + 0x1.8p-10f), f32_to_f16(1.0f + 0x1p-9f));
  EXPECT_EQ(f32_to_f16(65520.0f), 0x7c00);
  EXPECT_EQ(f32_to_f16(65519.9f), 0x7bff);
}

TEST(DType, Bf16RoundTripsAndRounds) {
  EXPECT_EQ(bf16_to_f32(f32_to_bf16(-2.5f)), -2.5f);
  EXPECT_EQ(f32_to_bf16(1.0f + 0x1p-8f), 0x3f80);
  EXPECT_TRUE(std::isnan(bf16_to_f32(f32_to_bf16(std::nanf("")))));
}

TEST(Tensor, SharesBytesAndConverts) {
  const auto a = Tensor::from_f32({2, 3}, {0, 1, 2, 3, 4, 5});
  const Tensor b = a;
  EXPECT_EQ(a.bytes().data(), b.bytes().data());
  EXPECT_EQ(b.f32()[5], 5.0f);
  EXPECT_EQ(a.describe(), "f32[2,3]");
  EXPECT_THROW((void)Tensor::from_f32({5}, {0, 1}), Error);
  EXPECT_THROW((void)Tensor::from_i64({1}, {7}).to_f32(), Error);
}

}  // namespace
}  // namespace veneer
