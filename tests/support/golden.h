// Goldens (tests/golden/, written by tools/reference/) and the comparison of tensors with them.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <span>
#include <string_view>

#include "checkpoint/checkpoint.h"
#include "tensor/tensor.h"

namespace veneer::testing_support {

/// tests/golden/NAME, whatever its extension.
std::filesystem::path golden_path(std::string_view name);

/// tests/golden/NAME.safetensors. A missing golden is an Error, never a skipped test.
checkpoint::Checkpoint load_golden(std::string_view name);

/// An element passes if |actual - expected| <= absolute + relative * |expected| + of_range * max|expected|.
struct Tolerance {
  double relative = 0;
  double absolute = 0;
  double of_range = 0;  ///< for outputs whose elements pass through zero
};

/// Equal shapes and every element within the tolerance; NaN never passes. The message has the largest error, where it
/// is, and the first element that fails.
///
///     EXPECT_TRUE(close(actual, golden.at("output"), {.of_range = 1e-4}));
testing::AssertionResult close(const Tensor& actual, const Tensor& expected, Tolerance tolerance);
testing::AssertionResult close(std::span<const float> actual, std::span<const float> expected, Tolerance tolerance);

/// Equal types, shapes and bytes.
testing::AssertionResult identical(const Tensor& actual, const Tensor& expected);

/// Peak signal-to-noise ratio in dB for values whose range is `peak` wide; infinite if all are equal.
double psnr(const Tensor& actual, const Tensor& expected, double peak = 1.0);

}  // namespace veneer::testing_support
