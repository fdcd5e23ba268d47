#include "runtime/kernels/elementwise.h"

#include <algorithm>
#include <numbers>

#include "unit/runtime/kernels/every_target.h"

namespace veneer::runtime {
namespace {

constexpr std::int64_t kCounts[] = {1, 3, 4, 15, 16, 17, 100, 40001};

double gelu(double x) {
  return x / 2.0 * std::erfc(-x / std::numbers::sqrt2);
}

double exact(Activation activation, double x) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::silu:
      return x / (1.0 + std::exp(-x));
    case Activation::gelu:
      return gelu(x);
    case Activation::gelu_tanh:
      return x / 2.0 * (1.0 + std::tanh(std::sqrt(2.0 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    case Activation::quick_gelu:
      return x / (1.0 + std::exp(-1.702 * x));
  }
  return 0.0;
}

TEST(Activate, MatchesDoublePrecisionFromTailToTail) {
  std::vector<float> x;
  for (int i = -60000; i <= 60000; ++i) x.push_back(static_cast<float>(i) * 2.5e-4F);
  for (const float outer : {-3e38F, -1e4F, -200.0F, -100.0F, 100.0F, 200.0F, 1e4F, 3e38F}) x.push_back(outer);
  for (const auto activation :
       {Activation::none, Activation::silu, Activation::gelu, Activation::gelu_tanh, Activation::quick_gelu}) {
    SCOPED_TRACE(static_cast<int>(activation));
    on_every_target([&] {
      std::vector<float> y(x.size());
      activate(activation, x.data(), y.data(), static_cast<std::int64_t>(x.size()));
      for (std::size_t i = 0; i < x.size(); ++i) {
        const auto in = static_cast<double>(x[i]);
        const bool far = activation != Activation::none && std::abs(in) > 1e9;
        const double expected = far ? std::max(in, 0.0) : exact(activation, in);
        const double magnitude = std::abs(in);
        ASSERT_NEAR(static_cast<double>(y[i]), expected, 3e-7 * magnitude + 1e-30) << "at " << in;
      }
    });
  }
}

TEST(Activate, EveryLengthInPlace) {
  for (const std::int64_t count : kCounts) {
    const auto x = normal_values(count, 1);
    on_every_target([&] {
      auto y = x;
      activate(Activation::silu, y.data(), y.data(), count);
      for (std::size_t i = 0; i < x.size(); ++i) {
        ASSERT_NEAR(static_cast<double>(y[i]), exact(Activation::silu, static_cast<double>(x[i])), 1e-6);
      }
    });
  }
}

// GELU's negative tail vanishes smoothly instead of being lost in 1 + erf.
TEST(Activate, GeluKeepsRelativeAccuracyBelowZero) {
  std::vector<float> x;
  for (int i = 1; i <= 500; ++i) x.push_back(-0.01F * static_cast<float>(i));
  on_every_target([&] {
    std::vector<float> y(x.size());
    activate(Activation::gelu, x.data(), y.data(), static_cast<std::int64_t>(x.size()));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = gelu(static_cast<double>(x[i]));
      ASSERT_NEAR(static_cast<double>(y[i]) / expected, 1.0, 6e-5) << "at " << x[i];
    }
  });
}

TEST(Geglu, GatesTheFirstHalfByTheSecond) {
  for (const std::int64_t channels : {1, 5, 16, 33, 1280}) {
    const std::int64_t rows = 19;
    const auto x = normal_values(rows * channels * 2, 2);
    std::vector<double> expected;
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < channels; ++c) {
        const auto at = static_cast<std::size_t>(2 * r * channels + c);
        expected.push_back(static_cast<double>(x[at]) *
                           gelu(static_cast<double>(x[at + static_cast<std::size_t>(channels)])));
      }
    }
    on_every_target([&] {
      std::vector<float> y(expected.size());
      geglu(x.data(), y.data(), rows, channels);
      EXPECT_LT(largest_error(y, expected), 1e-6);
    });
  }
}

TEST(Add, EveryLength) {
  for (const std::int64_t count : kCounts) {
    const auto a = normal_values(count, 3), b = normal_values(count, 4);
    on_every_target([&] {
      std::vector<float> y(a.size());
      add(a.data(), b.data(), y.data(), count);
      for (std::size_t i = 0; i < a.size(); ++i) ASSERT_EQ(y[i], a[i] + b[i]);
      affine(a.data(), 0.5F, 2.0F, y.data(), count);
      for (std::size_t i = 0; i < a.size(); ++i) ASSERT_FLOAT_EQ(y[i], a[i] * 0.5F + 2.0F);
    });
  }
}

TEST(AddChannels, AddsEachSamplesRow) {
  const std::int64_t samples = 3, pixels = 7, channels = 21, stride = 30;
  const auto x = normal_values(samples * pixels * channels, 5), s = normal_values(samples * stride, 6);
  on_every_target([&] {
    std::vector<float> y(x.size());
    add_channels(x.data(), s.data(), stride, y.data(), samples, pixels, channels);
    for (std::int64_t i = 0; i < samples * pixels * channels; ++i) {
      const std::int64_t n = i / (pixels * channels), c = i % channels;
      ASSERT_EQ(y[static_cast<std::size_t>(i)],
                x[static_cast<std::size_t>(i)] + s[static_cast<std::size_t>(n * stride + c)]);
    }
  });
}

std::vector<int> nearest_columns(std::int64_t in, std::int64_t out) {
  std::vector<float> x(static_cast<std::size_t>(in)), y(static_cast<std::size_t>(out));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  upsample_nearest(x.data(), {1, 1, in, 1}, 1, out, y.data());
  return {y.begin(), y.end()};
}

// Expected values: torch.nn.functional.interpolate(torch.arange(n).float()[None, None], size=m, mode="nearest").
TEST(UpsampleNearest, FollowsPyTorchsIndexRule) {
  EXPECT_EQ(nearest_columns(3, 6), (std::vector<int>{0, 0, 1, 1, 2, 2}));
  EXPECT_EQ(nearest_columns(3, 5), (std::vector<int>{0, 0, 1, 1, 2}));
  EXPECT_EQ(nearest_columns(5, 9), (std::vector<int>{0, 0, 1, 1, 2, 2, 3, 3, 4}));
  EXPECT_EQ(nearest_columns(7, 13), (std::vector<int>{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6}));
  EXPECT_EQ(nearest_columns(4, 4), (std::vector<int>{0, 1, 2, 3}));
}

TEST(UpsampleNearest, MovesWholePixelsOfEverySample) {
  const Shape shape{2, 3, 4, 5};
  const auto x = normal_values(2 * 3 * 4 * 5, 10);
  std::vector<float> y(2 * 6 * 7 * 5);
  upsample_nearest(x.data(), shape, 6, 7, y.data());
  for (std::size_t n = 0; n < 2; ++n) {
    for (std::size_t h = 0; h < 6; ++h) {
      for (std::size_t w = 0; w < 7; ++w) {
        for (std::size_t c = 0; c < 5; ++c) {
          const std::size_t column = w * 4 / 7;
          ASSERT_EQ(y[((n * 6 + h) * 7 + w) * 5 + c], x[((n * 3 + h / 2) * 4 + column) * 5 + c]);
        }
      }
    }
  }
}

// diffusers' definition, in double precision.
TEST(TimestepEmbedding, MatchesTheDefinition) {
  const float timesteps[] = {0.0F, 1.0F, 981.0F, 3.25F};
  for (const bool cos_first : {false, true}) {
    for (const std::int64_t channels : {8, 320, 33}) {
      const graph::TimestepEmbedding embedding{channels, cos_first, cos_first ? 0.0F : 1.0F};
      std::vector<float> y(static_cast<std::size_t>(4 * channels), -7.0F);
      timestep_embedding(embedding, timesteps, 4, y.data());
      const std::int64_t half = channels / 2;
      for (std::int64_t i = 0; i < 4; ++i) {
        const float* row = y.data() + i * channels;
        for (std::int64_t k = 0; k < half; ++k) {
          const double divisor = static_cast<double>(half) - static_cast<double>(embedding.downscale_freq_shift);
          const double angle =
              static_cast<double>(timesteps[i]) * std::exp(-std::log(1e4) * static_cast<double>(k) / divisor);
          // An angle of 981 is rounded to f32 by 3e-5, and its frequency by 1e-7: the reference has that error too.
          const double tolerance = 2e-7 * (1.0 + 2.0 * angle);
          ASSERT_NEAR(static_cast<double>(row[cos_first ? half + k : k]), std::sin(angle), tolerance);
          ASSERT_NEAR(static_cast<double>(row[cos_first ? k : half + k]), std::cos(angle), tolerance);
        }
        if (channels % 2 == 1) {
          EXPECT_EQ(row[channels - 1], 0.0F);
        }
      }
    }
  }
}

}  // namespace
}  // namespace veneer::runtime
