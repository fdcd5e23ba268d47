#include "runtime/kernels/tokens.h"

#include "unit/runtime/kernels/every_target.h"

namespace veneer::runtime {
namespace {

constexpr std::int64_t kWidths[] = {1, 2, 3, 8, 15, 16, 17, 33, 100};

double at(const std::vector<float>& values, std::int64_t i) {
  return static_cast<double>(values[static_cast<std::size_t>(i)]);
}

TEST(Modulate, AppliesASamplesRowsToAllItsTokens) {
  for (const std::int64_t width : kWidths) {
    SCOPED_TRACE(width);
    const TokenShape shape{2, 3, width};
    const std::int64_t stride = 3 * width + 1;
    const auto x = normal_values(6 * width, 1), h = normal_values(6 * width, 2), m = normal_values(2 * stride, 3);
    std::vector<double> modulated, gated;
    for (std::int64_t i = 0; i < 6 * width; ++i) {
      const std::int64_t first = i / (3 * width) * stride + i % width;
      modulated.push_back(at(x, i) * (1 + at(m, first + 1)) + at(m, first + width + 1));
      gated.push_back(at(x, i) + at(m, first + 2 * width + 1) * at(h, i));
    }
    on_every_target([&] {
      std::vector<float> y(x.size(), -7.0F);
      modulate(x.data(), shape, {m.data() + 1, stride}, {m.data() + width + 1, stride}, y.data());
      EXPECT_LT(largest_error(y, modulated), 1e-6);
      gated_add(x.data(), h.data(), shape, {m.data() + 2 * width + 1, stride}, y.data());
      EXPECT_LT(largest_error(y, gated), 1e-6);
      y = h;
      gated_add(x.data(), y.data(), shape, {m.data() + 2 * width + 1, stride}, y.data());
      EXPECT_LT(largest_error(y, gated), 1e-6) << "in place";
    });
  }
}

TEST(Multiply, IsElementByElement) {
  for (const std::int64_t width : kWidths) {
    const auto a = normal_values(width, 1), b = normal_values(width, 2);
    std::vector<double> expected;
    for (std::int64_t i = 0; i < width; ++i) expected.push_back(at(a, i) * at(b, i));
    on_every_target([&] {
      std::vector<float> y(a.size());
      multiply(a.data(), b.data(), y.data(), width);
      EXPECT_LT(largest_error(y, expected), 1e-6) << width;
    });
  }
}

TEST(RotatePairs, TurnsEachPairByItsAngle) {
  for (const std::int64_t head : {2, 4, 6, 16, 18, 64, 130}) {
    SCOPED_TRACE(head);
    const TokenShape shape{2, 3, 2 * head};
    const auto x = normal_values(2 * 3 * 2 * head, 1), angles = normal_values(3 * head / 2, 2, 0, 3);
    std::vector<float> table(static_cast<std::size_t>(3 * 2 * head));
    for (std::int64_t t = 0; t < 3; ++t)
      for (std::int64_t c = 0; c < head; ++c) {
        const auto angle = at(angles, t * head / 2 + c / 2);
        table[static_cast<std::size_t>(2 * t * head + c)] = static_cast<float>(std::cos(angle));
        table[static_cast<std::size_t>((2 * t + 1) * head + c)] =
            static_cast<float>(c % 2 == 0 ? -std::sin(angle) : std::sin(angle));
      }
    std::vector<double> expected;
    for (std::int64_t i = 0; i < 12 * head; ++i) {
      const std::int64_t token = i / (2 * head) % 3, pair = i / 2 * 2;
      const double angle = at(angles, token * head / 2 + i % head / 2), a = at(x, pair), b = at(x, pair + 1);
      expected.push_back(i % 2 == 0 ? a * std::cos(angle) - b * std::sin(angle)
                                    : b * std::cos(angle) + a * std::sin(angle));
    }
    on_every_target([&] {
      std::vector<float> y(x.size(), -7.0F);
      rotate_pairs(x.data(), shape, head, table.data(), y.data());
      EXPECT_LT(largest_error(y, expected), 1e-6);
    });
  }
}

TEST(CopyRows, MovesRangesOfWiderRows) {
  const std::int64_t count = 40'000;  // more than one piece
  const auto from = normal_values(3 * (count + 5), 1);
  std::vector<float> to(static_cast<std::size_t>(3 * (count + 2)), -7.0F);
  copy_rows(from.data() + 5, count + 5, to.data() + 1, count + 2, 3, count);
  for (std::int64_t row = 0; row < 3; ++row) {
    for (std::int64_t i = 0; i < count; ++i)
      ASSERT_EQ(at(to, row * (count + 2) + 1 + i), at(from, row * (count + 5) + 5 + i));
    EXPECT_EQ(at(to, row * (count + 2)), -7.0);
    EXPECT_EQ(at(to, (row + 1) * (count + 2) - 1), -7.0);
  }
}

TEST(Unpatchify, LaysPatchesSideBySide) {
  const std::int64_t height = 3, width = 2, patch = 2, channels = 5;
  const auto x = normal_values(2 * height * width * patch * patch * channels, 1);
  std::vector<float> y(x.size());
  unpatchify(x.data(), {2, height, width, channels}, patch, y.data());
  for (std::int64_t n = 0; n < 2; ++n)
    for (std::int64_t row = 0; row < height * patch; ++row)
      for (std::int64_t column = 0; column < width * patch; ++column)
        for (std::int64_t c = 0; c < channels; ++c) {
          const std::int64_t token = (n * height + row / patch) * width + column / patch;
          const std::int64_t pixel = row % patch * patch + column % patch;
          ASSERT_EQ(at(y, ((n * height * patch + row) * width * patch + column) * channels + c),
                    at(x, (token * patch * patch + pixel) * channels + c));
        }
}

}  // namespace
}  // namespace veneer::runtime
