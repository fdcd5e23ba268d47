#include "support/golden.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/check.h"

namespace veneer::testing_support {
namespace {

/// "[1,0,7]" for the element at `flat`.
std::string index_text(std::size_t flat, const Shape& shape) {
  Shape index(shape.size());
  auto rest = static_cast<std::int64_t>(flat);
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    index[axis] = rest % shape[axis];
    rest /= shape[axis];
  }
  return to_string(index);
}

testing::AssertionResult compare(std::span<const float> actual, std::span<const float> expected, const Shape& shape,
                                 Tolerance tolerance) {
  constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  double largest = 0;
  for (const float value : expected) largest = std::max(largest, std::abs(double{value}));
  std::size_t worst = 0, first_bad = kNone, bad = 0;
  double worst_error = -1;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double error = actual[i] == expected[i] ? 0 : std::abs(double{actual[i]} - double{expected[i]});
    const double allowed =
        tolerance.absolute + tolerance.relative * std::abs(double{expected[i]}) + tolerance.of_range * largest;
    if (!(error <= worst_error) && !std::isnan(worst_error)) {
      worst_error = error;
      worst = i;
    }
    if (error <= allowed) continue;
    ++bad;
    first_bad = std::min(first_bad, i);
  }
  if (bad == 0) return testing::AssertionSuccess();
  const auto at = [&](std::size_t i) {
    return fmt::format("{}: expected {:.9g}, got {:.9g}", index_text(i, shape), expected[i], actual[i]);
  };
  return testing::AssertionFailure() << fmt::format(
             "{} of {} elements differ too much; first {}; largest error {:.3g} ({:.3g} of the largest value {:.3g}) "
             "at {}",
             bad, expected.size(), at(first_bad), worst_error, worst_error / largest, largest, at(worst));
}

}  // namespace

std::filesystem::path golden_path(std::string_view name) {
  return std::filesystem::path(VENEER_SOURCE_DIR) / "tests" / "golden" / name;
}

checkpoint::Checkpoint load_golden(std::string_view name) {
  return checkpoint::Checkpoint::open(golden_path(std::string(name) + ".safetensors"));
}

testing::AssertionResult close(const Tensor& actual, const Tensor& expected, Tolerance tolerance) {
  if (actual.shape() != expected.shape())
    return testing::AssertionFailure() << "expected " << expected.describe() << ", got " << actual.describe();
  return compare(actual.to_f32(), expected.to_f32(), expected.shape(), tolerance);
}

testing::AssertionResult close(std::span<const float> actual, std::span<const float> expected, Tolerance tolerance) {
  if (actual.size() != expected.size())
    return testing::AssertionFailure() << "expected " << expected.size() << " elements, got " << actual.size();
  return compare(actual, expected, {static_cast<std::int64_t>(expected.size())}, tolerance);
}

testing::AssertionResult identical(const Tensor& actual, const Tensor& expected) {
  if (actual.describe() != expected.describe())
    return testing::AssertionFailure() << "expected " << expected.describe() << ", got " << actual.describe();
  const auto a = actual.bytes(), e = expected.bytes();
  const auto differs = std::mismatch(a.begin(), a.end(), e.begin());
  if (differs.first == a.end()) return testing::AssertionSuccess();
  const auto element = static_cast<std::size_t>(differs.first - a.begin()) / size_of(expected.dtype());
  return testing::AssertionFailure() << "first different element: " << index_text(element, expected.shape());
}

double psnr(const Tensor& actual, const Tensor& expected, double peak) {
  VENEER_CHECK_EQ(to_string(actual.shape()), to_string(expected.shape()));
  const auto a = actual.to_f32(), e = expected.to_f32();
  VENEER_CHECK(!e.empty());
  double sum = 0;
  for (std::size_t i = 0; i < e.size(); ++i) sum += (double{a[i]} - double{e[i]}) * (double{a[i]} - double{e[i]});
  if (sum == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(peak * peak * static_cast<double>(e.size()) / sum);
}

}  // namespace veneer::testing_support
