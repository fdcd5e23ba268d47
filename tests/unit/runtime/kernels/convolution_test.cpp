#include "runtime/kernels/convolution.h"

#include "base/parallel.h"
#include "unit/runtime/kernels/every_target.h"

namespace veneer::runtime {
namespace {

struct Case {
  ConvolutionGeometry geometry;
  std::int64_t in, out, lanes;
  bool residual = false;
};

/// oneDNN's Acdb<lanes>a: [out / lanes][taps][in][lanes].
PackedLayout layout_of(const Case& c) {
  const std::int64_t taps = c.geometry.kernel_height * c.geometry.kernel_width;
  PackedLayout layout{
      c.out,   c.in,          taps, (c.out + c.lanes - 1) / c.lanes * c.lanes, c.in, taps * c.in * c.lanes,
      c.lanes, c.in * c.lanes};
  layout.block_count = 1;
  layout.blocks[0] = {c.lanes, WeightDim::out};
  return layout;
}

struct Values {
  explicit Values(const Case& c)
      : layout(layout_of(c)),
        rows(c.geometry.samples * c.geometry.out_height * c.geometry.out_width),
        x(normal_values(c.geometry.samples * c.geometry.in_height * c.geometry.in_width * c.in, 1)),
        weights(static_cast<std::size_t>(packed_weight_size(layout)) * sizeof(float)),
        bias(normal_values(c.out, 2)),
        residual(c.residual ? normal_values(rows * c.out, 3) : std::vector<float>()) {
    auto* data = reinterpret_cast<float*>(weights.data);
    std::fill_n(data, packed_weight_size(layout), 0.0F);
    const auto plain = normal_values(c.out * c.in * layout.spatial, 4, 0, 0.1F);
    for (std::int64_t o = 0; o < c.out; ++o)
      for (std::int64_t i = 0; i < c.in; ++i)
        for (std::int64_t s = 0; s < layout.spatial; ++s)
          data[packed_weight_offset(layout, o, i, s)] =
              plain[static_cast<std::size_t>((o * c.in + i) * layout.spatial + s)];
  }
  [[nodiscard]] std::vector<float> convolved(const ConvolutionGeometry& geometry) const {
    std::vector<float> y(static_cast<std::size_t>(rows * layout.out), -7.0F);
    const Scratch scratch(convolution_scratch_bytes(layout));
    convolve(layout, geometry, x.data(), reinterpret_cast<const float*>(weights.data), bias.data(),
             residual.empty() ? nullptr : residual.data(), y.data(), scratch.data);
    return y;
  }
  PackedLayout layout;
  std::int64_t rows;
  std::vector<float> x;
  Scratch weights;
  std::vector<float> bias, residual;
};

std::vector<double> naive(const Case& c, const Values& v) {
  const ConvolutionGeometry& g = c.geometry;
  const auto* weights = reinterpret_cast<const float*>(v.weights.data);
  std::vector<double> y;
  for (std::int64_t row = 0; row < v.rows; ++row) {
    const std::int64_t n = row / (g.out_height * g.out_width), line = row / g.out_width % g.out_height;
    for (std::int64_t o = 0; o < c.out; ++o) {
      double sum = static_cast<double>(v.bias[static_cast<std::size_t>(o)]);
      if (c.residual) sum += static_cast<double>(v.residual[static_cast<std::size_t>(row * c.out + o)]);
      for (std::int64_t tap = 0; tap < v.layout.spatial; ++tap) {
        const std::int64_t h = line * g.stride + tap / g.kernel_width - g.padding_top;
        const std::int64_t w = row % g.out_width * g.stride + tap % g.kernel_width - g.padding_left;
        if (h < 0 || h >= g.in_height || w < 0 || w >= g.in_width) continue;
        for (std::int64_t i = 0; i < c.in; ++i)
          sum +=
              static_cast<double>(weights[packed_weight_offset(v.layout, o, i, tap)]) *
              static_cast<double>(v.x[static_cast<std::size_t>(((n * g.in_height + h) * g.in_width + w) * c.in + i)]);
      }
      y.push_back(sum);
    }
  }
  return y;
}

class ConvolutionTest : public ::testing::TestWithParam<Case> {};

TEST_P(ConvolutionTest, MatchesDoublePrecision) {
  const Values values(GetParam());
  const auto expected = naive(GetParam(), values);
  on_every_target([&] { EXPECT_LT(largest_error(values.convolved(GetParam().geometry), expected), 4e-6); });
}

INSTANTIATE_TEST_SUITE_P(Shapes, ConvolutionTest,
                         ::testing::Values(Case{{1, 4, 4, 4, 4, 3, 3, 1, 1, 1}, 40, 64, 32},
                                           Case{{2, 5, 7, 5, 7, 3, 3, 1, 1, 1}, 3, 19, 16, true},
                                           Case{{1, 9, 8, 5, 4, 3, 3, 2, 1, 1}, 17, 100, 64, true},
                                           Case{{1, 7, 7, 3, 3, 3, 3, 2, 0, 0}, 9, 49, 48},  // padding at the end only
                                           Case{{3, 1, 1, 1, 1, 3, 3, 1, 1, 1}, 20, 32, 32},
                                           Case{{1, 6, 5, 6, 5, 1, 1, 1, 0, 0}, 17, 16, 16, true},
                                           Case{{1, 4, 9, 4, 5, 1, 5, 2, 0, 2}, 3, 4, 16}));

TEST(Convolution, SameBitsOnAnyNumberOfThreads) {
  const Case c{{2, 7, 9, 7, 9, 3, 3, 1, 1, 1}, 20, 70, 32, true};
  const Values values(c);
  ThreadBudget budget(4);
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 3, 4}) {
    const ThreadLease lease(budget, threads);
    results.push_back(values.convolved(c.geometry));
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

TEST(Convolution, KnowsTheLayoutsItReads) {
  const Case c{{1, 4, 4, 4, 4, 3, 3, 1, 1, 1}, 32, 32, 16};
  PackedLayout layout = layout_of(c);
  EXPECT_TRUE(convolvable(layout));
  layout.blocks[0].size = 8;
  EXPECT_FALSE(convolvable(layout));
  layout.block_count = 0;
  EXPECT_FALSE(convolvable(layout));
}

}  // namespace
}  // namespace veneer::runtime
