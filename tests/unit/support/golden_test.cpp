// The comparison that every parity test stands on must itself be able to fail.
#include "support/golden.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "base/error.h"

namespace veneer::testing_support {
namespace {

using testing::HasSubstr;

TEST(Golden, CloseHonoursEachKindOfTolerance) {
  const auto expected = Tensor::from_f32({2, 2}, {0, 1, 10, 100});
  const auto actual = Tensor::from_f32({2, 2}, {0, 1, 10.01f, 100});
  EXPECT_TRUE(close(expected, expected, {}));
  EXPECT_TRUE(close(actual, expected, {.relative = 1.1e-3}));
  EXPECT_FALSE(close(actual, expected, {.relative = 0.9e-3}));
  EXPECT_TRUE(close(actual, expected, {.absolute = 0.011}));
  EXPECT_FALSE(close(actual, expected, {.absolute = 0.009}));
  EXPECT_TRUE(close(actual, expected, {.of_range = 1.1e-4}));
  EXPECT_FALSE(close(actual, expected, {.of_range = 0.9e-4}));
}

TEST(Golden, CloseSaysWhere) {
  const auto result =
      close(Tensor::from_f32({2, 2}, {0, 1.5f, 10, 90}), Tensor::from_f32({2, 2}, {0, 1, 10, 100}), {.absolute = 0.1});
  EXPECT_THAT(result.message(), HasSubstr("2 of 4 elements"));
  EXPECT_THAT(result.message(), HasSubstr("first [0,1]: expected 1, got 1.5"));
  EXPECT_THAT(result.message(), HasSubstr("largest error 10 (0.1 of the largest value 100) at [1,1]"));
}

TEST(Golden, NanAndOtherShapesNeverPass) {
  const auto nan = Tensor::from_f32({1}, {std::nanf("")}), one = Tensor::from_f32({1}, {1});
  constexpr double kAny = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(close(nan, one, {.absolute = kAny}));
  EXPECT_FALSE(close(nan, nan, {.absolute = kAny}));
  EXPECT_FALSE(close(Tensor::from_f32({1, 1}, {1}), one, {.absolute = kAny}));
  EXPECT_FALSE(close(std::vector<float>{1, 2}, std::vector<float>{1}, {.absolute = kAny}));
}

TEST(Golden, IdenticalComparesBytes) {
  EXPECT_TRUE(identical(Tensor::from_f32({1}, {0}), Tensor::from_f32({1}, {0})));
  EXPECT_FALSE(identical(Tensor::from_f32({1}, {-0.0f}), Tensor::from_f32({1}, {0})));
}

TEST(Golden, PsnrOfAKnownError) {
  const auto black = Tensor::from_f32({2}, {0, 0}), grey = Tensor::from_f32({2}, {0.1f, -0.1f});
  EXPECT_NEAR(psnr(grey, black), 20.0, 1e-5);
  EXPECT_NEAR(psnr(grey, black, 10.0), 40.0, 1e-5);
  EXPECT_TRUE(std::isinf(psnr(black, black)));
}

TEST(Golden, AMissingGoldenIsAnError) {
  EXPECT_THROW(load_golden("no/such/golden"), Error);
}

}  // namespace
}  // namespace veneer::testing_support
