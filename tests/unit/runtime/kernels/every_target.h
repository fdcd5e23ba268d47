// What the kernels' tests share: running a body on every compiled-in SIMD target of this machine, and test data.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "runtime/kernels/highway_targets.h"
// After highway_targets.h:
#include "hwy/aligned_allocator.h"
#include "hwy/highway.h"

namespace veneer::runtime {

/// body() once per target, with the target's name in failure messages.
template <class Body>
void on_every_target(const Body& body) {
  const std::vector<std::int64_t> targets = hwy::SupportedAndGeneratedTargets();
  ASSERT_FALSE(targets.empty());
  for (const std::int64_t target : targets) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    body();
    if (::testing::Test::HasFatalFailure()) break;
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

/// Standard normal values around `mean`.
inline std::vector<float> normal_values(std::int64_t count, unsigned seed, float mean = 0.0F, float deviation = 1.0F) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> distribution(mean, deviation);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = distribution(engine);
  return values;
}

/// The largest |actual - expected| / max(1, |expected|).
template <class Actual>
double largest_error(const Actual& actual, const std::vector<double>& expected) {
  double most = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double error = std::abs(static_cast<double>(actual[i]) - expected[i]) / std::max(1.0, std::abs(expected[i]));
    if (!(error <= most)) most = error;  // NaN too
    if (std::isnan(error)) return error;
  }
  return most;
}

/// Memory of exactly `bytes`, aligned to 64, every byte 0xFF (NaN as floats): nothing may rely on zeroed scratch.
struct Scratch {
  explicit Scratch(std::size_t bytes) : storage(bytes + 64, std::byte{0xFF}) {
    void* start = storage.data();
    std::size_t space = storage.size();
    data = static_cast<std::byte*>(std::align(64, bytes, start, space));
    storage.resize(static_cast<std::size_t>(data - storage.data()) + bytes);  // so that ASan sees the end
  }
  std::vector<std::byte> storage;
  std::byte* data;
};

}  // namespace veneer::runtime
