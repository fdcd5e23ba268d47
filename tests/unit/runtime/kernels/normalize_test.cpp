#include "runtime/kernels/normalize.h"

#include <algorithm>

#include "base/parallel.h"
#include "unit/runtime/kernels/every_target.h"

namespace veneer::runtime {
namespace {

double silu(double x) {
  return x / (1.0 + std::exp(-x));
}

struct GroupNormCase {
  GroupNormShape shape;
  float mean = 0.0F;
  Activation activation = Activation::none;
  std::int64_t shift_stride = 0;  // 0: no shift
};

std::vector<double> naive_group_norm(const GroupNormCase& c, const GroupNormParameters& p,
                                     const std::vector<float>& x) {
  const auto& [samples, pixels, channels, groups] = c.shape;
  const std::int64_t per_group = channels / groups;
  std::vector<double> y(x.size());
  const auto value = [&](std::int64_t n, std::int64_t pixel, std::int64_t channel) {
    const double shift = p.shift == nullptr ? 0.0 : static_cast<double>(p.shift[n * p.shift_stride + channel]);
    return static_cast<double>(x[static_cast<std::size_t>((n * pixels + pixel) * channels + channel)]) + shift;
  };
  for (std::int64_t n = 0; n < samples; ++n) {
    for (std::int64_t g = 0; g < groups; ++g) {
      double mean = 0.0, variance = 0.0;
      const double count = static_cast<double>(pixels * per_group);
      for (std::int64_t i = 0; i < pixels; ++i) {
        for (std::int64_t k = g * per_group; k < (g + 1) * per_group; ++k) mean += value(n, i, k) / count;
      }
      for (std::int64_t i = 0; i < pixels; ++i) {
        for (std::int64_t k = g * per_group; k < (g + 1) * per_group; ++k) {
          variance += (value(n, i, k) - mean) * (value(n, i, k) - mean) / count;
        }
      }
      for (std::int64_t i = 0; i < pixels; ++i) {
        for (std::int64_t k = g * per_group; k < (g + 1) * per_group; ++k) {
          const double norm = (value(n, i, k) - mean) / std::sqrt(variance + static_cast<double>(p.eps));
          const double out = norm * static_cast<double>(p.gamma[k]) + static_cast<double>(p.beta[k]);
          y[static_cast<std::size_t>((n * pixels + i) * channels + k)] =
              p.activation == Activation::silu ? silu(out) : out;
        }
      }
    }
  }
  return y;
}

class GroupNormTest : public ::testing::TestWithParam<GroupNormCase> {};

TEST_P(GroupNormTest, MatchesDoublePrecision) {
  const GroupNormCase& c = GetParam();
  const auto x = normal_values(c.shape.samples * c.shape.pixels * c.shape.channels, 1, c.mean, 1.5F);
  const auto gamma = normal_values(c.shape.channels, 2, 1.0F), beta = normal_values(c.shape.channels, 3);
  const auto shift = normal_values(c.shape.samples * std::max<std::int64_t>(1, c.shift_stride), 4);
  GroupNormParameters p{gamma.data(), beta.data(), 1e-5F};
  p.activation = c.activation;
  if (c.shift_stride != 0) p.shift = shift.data(), p.shift_stride = c.shift_stride;
  const auto expected = naive_group_norm(c, p, x);
  on_every_target([&] {
    std::vector<float> y(x.size(), -7.0F);
    const Scratch scratch(group_norm_scratch_bytes(c.shape));
    group_norm(c.shape, p, x.data(), y.data(), scratch.data);
    EXPECT_LT(largest_error(y, expected), 2e-6);
    y = x;
    group_norm(c.shape, p, y.data(), y.data(), scratch.data);
    EXPECT_LT(largest_error(y, expected), 2e-6) << "in place";
  });
}

INSTANTIATE_TEST_SUITE_P(Shapes, GroupNormTest,
                         ::testing::Values(GroupNormCase{{1, 1, 1, 1}}, GroupNormCase{{1, 2, 3, 3}},
                                           GroupNormCase{{2, 100, 32, 32}}, GroupNormCase{{1, 4096, 40, 4}},
                                           GroupNormCase{{2, 77, 320, 32}, 0.0F, Activation::silu, 321},
                                           GroupNormCase{{3, 65, 37, 1}, 0.0F, Activation::none, 40},
                                           GroupNormCase{{1, 300, 130, 10}, 1000.0F},
                                           GroupNormCase{{1, 4097, 18, 3}, -5000.0F, Activation::silu, 18}));

TEST(GroupNorm, SameBitsOnAnyNumberOfThreads) {
  const GroupNormShape shape{1, 1000, 64, 8};
  const auto x = normal_values(64000, 5), gamma = normal_values(64, 6), beta = normal_values(64, 7);
  const GroupNormParameters p{gamma.data(), beta.data(), 1e-5F};
  std::vector<float> one(x.size()), three(x.size());
  const Scratch scratch(group_norm_scratch_bytes(shape));
  ThreadBudget budget(4);
  {
    const ThreadLease lease(budget, 1);
    group_norm(shape, p, x.data(), one.data(), scratch.data);
  }
  const ThreadLease lease(budget, 3);
  group_norm(shape, p, x.data(), three.data(), scratch.data);
  EXPECT_EQ(one, three);
}

// A border that is far off in the first pixel of a chunk is the origin of its sums.
TEST(GroupNorm, OutliersDoNotCostAccuracy) {
  const GroupNormCase c{{1, 512, 16, 4}};
  auto x = normal_values(512 * 16, 8);
  for (std::size_t i = 0; i < 16; ++i) x[i] = 300.0F;
  const auto gamma = normal_values(16, 9, 1.0F), beta = normal_values(16, 10);
  const GroupNormParameters p{gamma.data(), beta.data(), 1e-6F};
  const auto expected = naive_group_norm(c, p, x);
  on_every_target([&] {
    std::vector<float> y(x.size());
    const Scratch scratch(group_norm_scratch_bytes(c.shape));
    group_norm(c.shape, p, x.data(), y.data(), scratch.data);
    EXPECT_LT(largest_error(y, expected), 2e-6);
  });
}

TEST(LayerNorm, MatchesDoublePrecision) {
  for (const std::int64_t channels : {1, 2, 7, 16, 33, 320, 768, 1283}) {
    for (const float mean : {0.0F, 3000.0F}) {
      SCOPED_TRACE(::testing::Message() << channels << " channels, mean " << mean);
      const std::int64_t rows = 5;
      const auto x = normal_values(rows * channels, 11, mean), gamma = normal_values(channels, 12);
      const auto beta = normal_values(channels, 13);
      std::vector<double> expected(x.size()), plain(x.size());
      for (std::int64_t r = 0; r < rows; ++r) {
        const float* row = x.data() + r * channels;
        double sum = 0.0, square = 0.0;
        for (std::int64_t i = 0; i < channels; ++i) sum += static_cast<double>(row[i]) / static_cast<double>(channels);
        for (std::int64_t i = 0; i < channels; ++i) square += std::pow(static_cast<double>(row[i]) - sum, 2);
        const double deviation = std::sqrt(square / static_cast<double>(channels) + static_cast<double>(1e-5F));
        for (std::int64_t i = 0; i < channels; ++i) {
          const auto at = static_cast<std::size_t>(r * channels + i), k = static_cast<std::size_t>(i);
          plain[at] = (static_cast<double>(row[i]) - sum) / deviation;
          expected[at] = plain[at] * static_cast<double>(gamma[k]) + static_cast<double>(beta[k]);
        }
      }
      on_every_target([&] {
        std::vector<float> y(x.size(), -7.0F);
        layer_norm(x.data(), rows, channels, 1e-5F, gamma.data(), beta.data(), y.data());
        EXPECT_LT(largest_error(y, expected), 2e-6);
        layer_norm(x.data(), rows, channels, 1e-5F, nullptr, nullptr, y.data());
        EXPECT_LT(largest_error(y, plain), 2e-6);
      });
    }
  }
}

TEST(RmsNorm, MatchesDoublePrecision) {
  for (const std::int64_t channels : {1, 2, 7, 16, 33, 64, 320, 1283}) {
    for (const float mean : {0.0F, 300.0F}) {
      SCOPED_TRACE(::testing::Message() << channels << " channels, mean " << mean);
      const std::int64_t rows = 5;
      const auto x = normal_values(rows * channels, 11, mean), gamma = normal_values(channels, 12);
      std::vector<double> expected(x.size());
      for (std::int64_t r = 0; r < rows; ++r) {
        const auto value = [&](std::int64_t i) {
          return static_cast<double>(x[static_cast<std::size_t>(r * channels + i)]);
        };
        double square = 0.0;
        for (std::int64_t i = 0; i < channels; ++i) square += value(i) * value(i) / static_cast<double>(channels);
        for (std::int64_t i = 0; i < channels; ++i)
          expected[static_cast<std::size_t>(r * channels + i)] =
              value(i) / std::sqrt(square + static_cast<double>(1e-6F)) *
              static_cast<double>(gamma[static_cast<std::size_t>(i)]);
      }
      on_every_target([&] {
        std::vector<float> y(x.size(), -7.0F);
        rms_norm(x.data(), rows, channels, 1e-6F, gamma.data(), y.data());
        EXPECT_LT(largest_error(y, expected), 2e-6);
        y = x;
        rms_norm(y.data(), rows, channels, 1e-6F, gamma.data(), y.data());
        EXPECT_LT(largest_error(y, expected), 2e-6) << "in place";
      });
    }
  }
}

}  // namespace
}  // namespace veneer::runtime
