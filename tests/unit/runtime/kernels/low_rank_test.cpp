#include "runtime/kernels/low_rank.h"

#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"
#include "runtime/kernels/low_rank_merge.h"
#include "unit/runtime/kernels/every_target.h"

namespace veneer::runtime {
namespace {

struct Adapter {
  std::vector<float> down, up;
  std::int64_t rank;
  float scale;
};

std::vector<Adapter> random_adapters(const LowRankShape& shape, const std::vector<std::int64_t>& ranks) {
  std::vector<Adapter> adapters;
  for (const std::int64_t rank : ranks) {
    const auto seed = static_cast<unsigned>(10 * adapters.size());
    const float spread = 1.0F / std::sqrt(static_cast<float>(shape.in * shape.taps));
    adapters.push_back({normal_values(rank * shape.in * shape.taps, seed + 1, 0.0F, spread),
                        normal_values(shape.out * rank, seed + 2, 0.0F, 1.0F / std::sqrt(static_cast<float>(rank))),
                        rank, 0.75F - 0.5F * static_cast<float>(adapters.size())});
  }
  return adapters;
}

/// Packed factors of adapters, in memory aligned for the kernels.
struct Packed {
  Packed(const LowRankShape& shape, const std::vector<Adapter>& adapters)
      : down(static_cast<std::size_t>(packed_down_size(shape)) * sizeof(float)),
        up(static_cast<std::size_t>(packed_up_size(shape)) * sizeof(float)) {
    std::vector<LowRankSource> sources;
    for (const Adapter& a : adapters) sources.push_back({a.down.data(), a.up.data(), a.rank, a.scale});
    auto* down_data = reinterpret_cast<float*>(down.data);
    auto* up_data = reinterpret_cast<float*>(up.data);
    pack_low_rank(shape, sources, down_data, up_data);
    factors = {shape, down_data, up_data};
  }
  Scratch down, up;
  LowRankFactors factors;
};

/// The product B A summed over the adapters, [out, in, taps].
std::vector<double> naive_update(const LowRankShape& shape, const std::vector<Adapter>& adapters) {
  std::vector<double> update;
  for (std::int64_t o = 0; o < shape.out; ++o) {
    for (std::int64_t i = 0; i < shape.in * shape.taps; ++i) {
      double sum = 0.0;
      for (const Adapter& a : adapters) {
        for (std::int64_t r = 0; r < a.rank; ++r) {
          sum += static_cast<double>(a.scale) * static_cast<double>(a.up[static_cast<std::size_t>(o * a.rank + r)]) *
                 static_cast<double>(a.down[static_cast<std::size_t>(r * shape.in * shape.taps + i)]);
        }
      }
      update.push_back(sum);
    }
  }
  return update;
}

std::int64_t total(const std::vector<std::int64_t>& ranks) {
  std::int64_t sum = 0;
  for (const std::int64_t rank : ranks) sum += rank;
  return sum;
}

struct LinearCase {
  std::int64_t rows, in, out;
  std::vector<std::int64_t> ranks;
};

class LowRankLinearTest : public ::testing::TestWithParam<LinearCase> {};

TEST_P(LowRankLinearTest, MatchesDoublePrecision) {
  const auto& [rows, in, out, ranks] = GetParam();
  const LowRankShape shape{in, out, 1, total(ranks)};
  const auto adapters = random_adapters(shape, ranks);
  const Packed packed(shape, adapters);
  const std::int64_t x_stride = in + 2, y_stride = out + 5;
  const auto x = normal_values(rows * x_stride, 5), before = normal_values(rows * y_stride, 6);
  const auto update = naive_update(shape, adapters);
  std::vector<double> expected(before.begin(), before.end());
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t o = 0; o < out; ++o) {
      double& y = expected[static_cast<std::size_t>(r * y_stride + 3 + o)];
      for (std::int64_t i = 0; i < in; ++i) {
        y += update[static_cast<std::size_t>(o * in + i)] *
             static_cast<double>(x[static_cast<std::size_t>(r * x_stride + i)]);
      }
    }
  }
  on_every_target([&] {
    auto y = before;
    const std::size_t bytes = low_rank_scratch_bytes(shape, 2);
    const Scratch scratch(bytes);
    low_rank_linear(packed.factors, x.data(), x_stride, rows, y.data() + 3, y_stride, {scratch.data, bytes});
    EXPECT_LT(largest_error(y, expected), 4e-6);
  });
}

INSTANTIATE_TEST_SUITE_P(Shapes, LowRankLinearTest,
                         ::testing::Values(LinearCase{1, 1, 1, {1}}, LinearCase{5, 7, 3, {2}},
                                           LinearCase{33, 40, 50, {16}}, LinearCase{100, 320, 320, {16}},
                                           LinearCase{13, 64, 17, {4, 9}}, LinearCase{70, 33, 100, {17, 16}},
                                           LinearCase{40, 50, 64, {64}}, LinearCase{9, 20, 31, {128, 3}},
                                           LinearCase{34, 48, 80, {512}}));

TEST(LowRankLinear, RowsDoNotDependOnTheirCompany) {
  const LowRankShape shape{50, 70, 1, 20};
  const Packed packed(shape, random_adapters(shape, {20}));
  const auto x = normal_values(101 * 50, 7), before = normal_values(101 * 70, 8);
  const std::size_t bytes = low_rank_scratch_bytes(shape, 3);
  const Scratch scratch(bytes);
  ThreadBudget budget(4);
  const ThreadLease lease(budget, 3);
  on_every_target([&] {
    auto together = before, alone = before;
    low_rank_linear(packed.factors, x.data(), 50, 101, together.data(), 70, {scratch.data, bytes});
    for (std::size_t r = 0; r < 101; ++r) {
      low_rank_linear(packed.factors, x.data() + r * 50, 50, 1, alone.data() + r * 70, 70, {scratch.data, bytes});
    }
    EXPECT_EQ(together, alone);
  });
}

TEST(LowRankLinear, TooLittleScratchIsAnErrorAndNotASkippedAdapter) {
  const LowRankShape shape{5, 7, 1, 2};
  const Packed packed(shape, random_adapters(shape, {2}));
  const std::vector<float> x(5);
  std::vector<float> y(7);
  const std::size_t bytes = low_rank_scratch_bytes(shape, 1);
  const Scratch scratch(bytes);
  EXPECT_THROW(low_rank_linear(packed.factors, x.data(), 5, 1, y.data(), 7, {scratch.data, bytes - 1}), Error);
}

struct ConvolutionCase {
  ConvolutionGeometry geometry;
  std::int64_t in, out, rank;
};

class LowRankConvolutionTest : public ::testing::TestWithParam<ConvolutionCase> {};

TEST_P(LowRankConvolutionTest, MatchesDoublePrecision) {
  const auto& [g, in, out, rank] = GetParam();
  const LowRankShape shape{in, out, g.kernel_height * g.kernel_width, rank};
  const auto adapters = random_adapters(shape, {rank});
  const Packed packed(shape, adapters);
  const auto x = normal_values(g.samples * g.in_height * g.in_width * in, 9);
  const std::int64_t rows = g.samples * g.out_height * g.out_width;
  const auto before = normal_values(rows * out, 10);
  const auto update = naive_update(shape, adapters);
  std::vector<double> expected(before.begin(), before.end());
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t n = row / (g.out_height * g.out_width), line = row / g.out_width % g.out_height;
    for (std::int64_t tap = 0; tap < shape.taps; ++tap) {
      const std::int64_t h = line * g.stride + tap / g.kernel_width - g.padding_top;
      const std::int64_t w = row % g.out_width * g.stride + tap % g.kernel_width - g.padding_left;
      if (h < 0 || h >= g.in_height || w < 0 || w >= g.in_width) continue;
      const float* pixel = x.data() + ((n * g.in_height + h) * g.in_width + w) * in;
      for (std::int64_t o = 0; o < out; ++o) {
        for (std::int64_t i = 0; i < in; ++i) {
          expected[static_cast<std::size_t>(row * out + o)] +=
              update[static_cast<std::size_t>((o * in + i) * shape.taps + tap)] * static_cast<double>(pixel[i]);
        }
      }
    }
  }
  on_every_target([&] {
    auto y = before;
    const std::size_t bytes = low_rank_scratch_bytes(shape, 2);
    const Scratch scratch(bytes);
    low_rank_convolution(packed.factors, g, x.data(), y.data(), out, {scratch.data, bytes});
    EXPECT_LT(largest_error(y, expected), 4e-6);
  });
}

INSTANTIATE_TEST_SUITE_P(Shapes, LowRankConvolutionTest,
                         ::testing::Values(ConvolutionCase{{1, 8, 8, 8, 8, 3, 3, 1, 1, 1}, 32, 32, 16},
                                           ConvolutionCase{{2, 5, 7, 5, 7, 3, 3, 1, 1, 1}, 5, 19, 3},
                                           ConvolutionCase{{2, 8, 6, 4, 3, 3, 3, 2, 1, 1}, 20, 33, 20},
                                           ConvolutionCase{
                                               {1, 7, 7, 3, 3, 3, 3, 2, 0, 0}, 9, 8, 65},  // padding at the end only
                                           ConvolutionCase{{1, 6, 5, 6, 5, 1, 1, 1, 0, 0}, 17, 16, 8},
                                           ConvolutionCase{{1, 4, 9, 4, 5, 1, 5, 2, 0, 2}, 3, 4, 1}));

using Dim = WeightDim;

/// A layout with in running fastest outside the blocks unless `out_fastest`; dense.
PackedLayout blocked(std::int64_t out, std::int64_t in, std::int64_t spatial, std::vector<PackedLayout::Block> blocks,
                     bool out_fastest = false) {
  PackedLayout layout{out, in, spatial, out, in, 0, 0, 0};
  std::int64_t out_block = 1, in_block = 1;
  for (const auto& block : blocks) {
    layout.blocks[static_cast<std::size_t>(layout.block_count++)] = block;
    (block.dim == Dim::out ? out_block : in_block) *= block.size;
  }
  layout.padded_out = (out + out_block - 1) / out_block * out_block;
  layout.padded_in = (in + in_block - 1) / in_block * in_block;
  const std::int64_t inner = out_block * in_block;
  const std::int64_t out_blocks = layout.padded_out / out_block, in_blocks = layout.padded_in / in_block;
  layout.out_stride = out_fastest ? inner : inner * in_blocks * spatial;
  layout.in_stride = out_fastest ? inner * out_blocks : inner;
  layout.spatial_stride = out_fastest ? inner * out_blocks * in_blocks : inner * in_blocks;
  return layout;
}

struct MergeCase {
  const char* name;
  PackedLayout layout;
  std::vector<std::array<std::int64_t, 2>> parts{};  // (out_begin, out); none: one part over all rows
  std::vector<std::int64_t> ranks{16};
};

class MergeTest : public ::testing::TestWithParam<MergeCase> {};

TEST_P(MergeTest, MatchesDoublePrecisionAndCopiesTheRest) {
  const auto& [name, layout, ranges, ranks] = GetParam();
  const auto size = static_cast<std::size_t>(packed_weight_size(layout));
  const auto base = normal_values(static_cast<std::int64_t>(size), 11, 0.0F, 0.05F);
  std::vector<double> expected(base.begin(), base.end());
  std::vector<std::unique_ptr<Packed>> packed;
  std::vector<MergePart> parts;
  auto all = ranges;
  if (all.empty()) all.push_back({0, layout.out});
  for (const auto& [out_begin, out] : all) {
    const LowRankShape shape{layout.in, out, layout.spatial, total(ranks)};
    const auto adapters = random_adapters(shape, ranks);
    packed.push_back(std::make_unique<Packed>(shape, adapters));
    parts.push_back({packed.back()->factors, out_begin});
    const auto update = naive_update(shape, adapters);
    for (std::int64_t o = 0; o < out; ++o) {
      for (std::int64_t i = 0; i < layout.in * layout.spatial; ++i) {
        const auto at = packed_weight_offset(layout, out_begin + o, i / layout.spatial, i % layout.spatial);
        expected[static_cast<std::size_t>(at)] += update[static_cast<std::size_t>(o * layout.in * layout.spatial + i)];
      }
    }
  }
  on_every_target([&] {
    const Scratch dst(size * sizeof(float));
    auto* merged = reinterpret_cast<float*>(dst.data);
    merge_low_rank(layout, base.data(), parts, merged);
    EXPECT_LT(largest_error(merged, expected), 1e-6);
    // Padding and rows without an adapter are the base's bits.
    for (std::size_t i = 0; i < size; ++i) {
      if (expected[i] != static_cast<double>(base[i])) continue;
      ASSERT_EQ(merged[i], base[i]) << i;
    }
  });
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, MergeTest,
    ::testing::Values(
        MergeCase{"16i64o", blocked(128, 64, 1, {{16, Dim::in}, {64, Dim::out}})},
        MergeCase{"16i64o padded", blocked(100, 37, 1, {{16, Dim::in}, {64, Dim::out}})},
        MergeCase{"16i16o 3x3", blocked(48, 32, 9, {{16, Dim::in}, {16, Dim::out}}), {}, {4, 7}},
        MergeCase{"64o", blocked(192, 70, 9, {{64, Dim::out}}), {}, {40}},
        MergeCase{"4i48o, out fastest", blocked(96, 150, 1, {{4, Dim::in}, {48, Dim::out}}, true)},
        MergeCase{"plain io", blocked(80, 33, 1, {}, true), {}, {3}},
        MergeCase{"plain io, odd", blocked(83, 33, 1, {}, true), {}, {3}},
        MergeCase{"plain oi", blocked(20, 33, 9, {}), {}, {5}},
        MergeCase{"8i8o", blocked(20, 30, 4, {{8, Dim::in}, {8, Dim::out}}), {}, {17}},
        MergeCase{"4i16o4i", blocked(32, 30, 1, {{4, Dim::in}, {16, Dim::out}, {4, Dim::in}})},
        MergeCase{"one of q, k, v", blocked(192, 64, 1, {{16, Dim::in}, {64, Dim::out}}), {{64, 64}}},
        MergeCase{"q and v", blocked(240, 64, 1, {{16, Dim::in}, {64, Dim::out}}), {{0, 80}, {160, 80}}, {16, 16}},
        MergeCase{"overlapping", blocked(96, 20, 1, {{16, Dim::in}, {48, Dim::out}}), {{0, 96}, {32, 40}}},
        MergeCase{"unaligned rows", blocked(64, 20, 1, {{16, Dim::in}, {64, Dim::out}}), {{24, 24}}},
        MergeCase{"rank 130", blocked(64, 16, 1, {{16, Dim::in}, {64, Dim::out}}), {}, {130}}),
    [](const auto& test_case) {
      std::string name = test_case.param.name;
      std::replace_if(
          name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
      return name;
    });

TEST(Merge, LeavesTheBaseAloneAndDstUnalignedWorks) {
  const auto layout = blocked(64, 20, 1, {{16, Dim::in}, {64, Dim::out}});
  const LowRankShape shape{20, 64, 1, 8};
  const Packed packed(shape, random_adapters(shape, {8}));
  const auto base = normal_values(packed_weight_size(layout), 12);
  const auto kept = base;
  const Scratch aligned(base.size() * sizeof(float));
  std::vector<std::byte> memory(base.size() * sizeof(float) + 68);
  void* start = memory.data();
  std::size_t space = memory.size();
  auto* unaligned = reinterpret_cast<float*>(static_cast<std::byte*>(std::align(64, 1, start, space)) + 4);
  const MergePart part{packed.factors, 0};
  merge_low_rank(layout, base.data(), {&part, 1}, reinterpret_cast<float*>(aligned.data));
  merge_low_rank(layout, base.data(), {&part, 1}, unaligned);
  EXPECT_EQ(base, kept);
  for (std::size_t i = 0; i < base.size(); ++i) {
    ASSERT_NEAR(unaligned[i], reinterpret_cast<const float*>(aligned.data)[i], 1e-6F);
  }
}

}  // namespace
}  // namespace veneer::runtime
