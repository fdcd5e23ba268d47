#include "runtime/kernels/attention.h"

#include <algorithm>
#include <ostream>

#include "base/error.h"
#include "base/parallel.h"
#include "unit/runtime/kernels/every_target.h"

namespace veneer::runtime {
namespace {

struct Case {
  AttentionShape shape;
  AttentionMask mask = AttentionMask::none;
  std::vector<float> relative_bias{};
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << "batch " << c.shape.batch << " heads " << c.shape.heads << " head_dim " << c.shape.head_dim << " q "
             << c.shape.q_tokens << " kv " << c.shape.kv_tokens << (c.mask == AttentionMask::causal ? " causal" : "");
}

std::vector<double> naive_attention(const Case& c, double scale, TokenRows q, TokenRows k, TokenRows v) {
  const auto& [batch, heads, head_dim, q_tokens, kv_tokens] = c.shape;
  std::vector<double> out, weight(static_cast<std::size_t>(kv_tokens));
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::int64_t t = 0; t < q_tokens; ++t) {
      for (std::int64_t h = 0; h < heads; ++h) {
        const std::int64_t seen = c.mask == AttentionMask::causal ? t + kv_tokens - q_tokens + 1 : kv_tokens;
        double most = -1e300, total = 0.0;
        for (std::int64_t key = 0; key < seen; ++key) {
          double dot = 0.0;
          for (std::int64_t i = 0; i < head_dim; ++i) {
            dot += static_cast<double>(q.data[(n * q_tokens + t) * q.row_stride + h * head_dim + i]) *
                   static_cast<double>(k.data[(n * kv_tokens + key) * k.row_stride + h * head_dim + i]);
          }
          double score = dot * scale;
          if (!c.relative_bias.empty()) {
            const std::int64_t column = h * (q_tokens + kv_tokens - 1) + t - key + kv_tokens - 1;
            score += static_cast<double>(c.relative_bias[static_cast<std::size_t>(column)]);
          }
          weight[static_cast<std::size_t>(key)] = score;
          most = std::max(most, score);
        }
        for (std::int64_t key = 0; key < seen; ++key) {
          auto& w = weight[static_cast<std::size_t>(key)];
          w = std::exp(w - most);
          total += w;
        }
        for (std::int64_t i = 0; i < head_dim; ++i) {
          double sum = 0.0;
          for (std::int64_t key = 0; key < seen; ++key) {
            sum += weight[static_cast<std::size_t>(key)] *
                   static_cast<double>(v.data[(n * kv_tokens + key) * v.row_stride + h * head_dim + i]);
          }
          out.push_back(sum / total);
        }
      }
    }
  }
  return out;
}

std::vector<float> run(const Case& c, float scale, TokenRows q, TokenRows k, TokenRows v, int threads = 2) {
  const std::int64_t width = c.shape.heads * c.shape.head_dim;
  std::vector<float> out(static_cast<std::size_t>(c.shape.batch * c.shape.q_tokens * width), -7.0F);
  const std::size_t bytes = attention_scratch_bytes(c.shape, threads);
  const Scratch scratch(bytes);
  attention(c.shape, c.mask, scale, q, k, v, {out.data(), width}, scratch.data, bytes,
            c.relative_bias.empty() ? nullptr : c.relative_bias.data());
  return out;
}

class AttentionTest : public ::testing::TestWithParam<Case> {};

TEST_P(AttentionTest, MatchesDoublePrecision) {
  const Case& c = GetParam();
  const std::int64_t width = c.shape.heads * c.shape.head_dim;
  // q stands alone; k and v are column ranges of one wider matrix.
  const std::int64_t q_stride = width + 3, kv_stride = 2 * width + 5;
  const auto q = normal_values(c.shape.batch * c.shape.q_tokens * q_stride, 1);
  const auto kv = normal_values(c.shape.batch * c.shape.kv_tokens * kv_stride, 2);
  const TokenRows q_rows{q.data(), q_stride}, k_rows{kv.data() + 1, kv_stride},
      v_rows{kv.data() + 2 + width, kv_stride};
  const auto scale = 1.0F / std::sqrt(static_cast<float>(c.shape.head_dim));
  const auto expected = naive_attention(c, static_cast<double>(scale), q_rows, k_rows, v_rows);
  on_every_target([&] { EXPECT_LT(largest_error(run(c, scale, q_rows, k_rows, v_rows), expected), 3e-6); });
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, AttentionTest,
    ::testing::Values(Case{{1, 1, 1, 1, 1}}, Case{{1, 2, 3, 5, 7}}, Case{{2, 3, 8, 17, 9}}, Case{{1, 8, 40, 256, 256}},
                      Case{{2, 2, 40, 130, 77}}, Case{{1, 2, 80, 50, 77}}, Case{{1, 1, 160, 64, 64}},
                      Case{{1, 1, 512, 49, 65}}, Case{{1, 1, 37, 97, 129}}, Case{{3, 1, 5, 16, 200}},
                      Case{{1, 12, 64, 77, 77}, AttentionMask::causal}, Case{{1, 2, 8, 70, 70}, AttentionMask::causal},
                      Case{{2, 1, 13, 3, 130}, AttentionMask::causal}, Case{{1, 1, 16, 1, 5}, AttentionMask::causal},
                      Case{{1, 1, 4, 150, 150}, AttentionMask::causal}));

INSTANTIATE_TEST_SUITE_P(
    RelativeBias, AttentionTest,
    ::testing::Values(Case{{1, 1, 1, 1, 1}, AttentionMask::none, normal_values(1, 7, 0, 3)},
                      Case{{2, 3, 4, 5, 7}, AttentionMask::none, normal_values(3 * 11, 7, 0, 3)},
                      Case{{1, 2, 64, 131, 131}, AttentionMask::none, normal_values(2 * 261, 7, 0, 3)},
                      Case{{1, 2, 9, 30, 200}, AttentionMask::none, normal_values(2 * 229, 7, 0, 3)},
                      Case{{2, 2, 8, 50, 50}, AttentionMask::causal, normal_values(2 * 99, 7, 0, 3)}));

// Scores of +-200 overflow a softmax without a running maximum, and one that rises late must rescale what came before.
TEST(Attention, SurvivesLargeAndRisingScores) {
  const Case c{{1, 1, 8, 20, 300}};
  auto q = normal_values(20 * 8, 3, 0.0F, 20.0F);
  auto k = normal_values(300 * 8, 4, 0.0F, 4.0F);
  const auto v = normal_values(300 * 8, 5);
  for (std::int64_t i = 0; i < 300 * 8; ++i) k[static_cast<std::size_t>(i)] *= static_cast<float>(i) / 2400.0F;
  const TokenRows q_rows{q.data(), 8}, k_rows{k.data(), 8}, v_rows{v.data(), 8};
  const auto expected = naive_attention(c, 0.35, q_rows, k_rows, v_rows);
  // Scores of hundreds carry an f32 rounding of 2e-5 each, which the exponential passes on.
  on_every_target([&] { EXPECT_LT(largest_error(run(c, 0.35F, q_rows, k_rows, v_rows), expected), 2e-4); });
}

// The padding of a tile's last key group must not take part: with every true score far below zero it would dominate.
TEST(Attention, PaddingKeysDoNotCount) {
  const Case c{{1, 1, 2, 3, 3}};
  const std::vector<float> q(6, 100.0F), k(6, -100.0F), v{1, 2, 3, 4, 5, 6};
  on_every_target([&] {
    const auto out = run(c, 1.0F, {q.data(), 2}, {k.data(), 2}, {v.data(), 2});
    for (std::size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(out[i], i % 2 == 0 ? 3.0F : 4.0F, 1e-6F);
  });
}

TEST(Attention, TooLittleScratchIsAnErrorAndNotAnEmptyResult) {
  const AttentionShape shape{1, 1, 4, 3, 3};
  const std::vector<float> rows(12);
  std::vector<float> out(12);
  const std::size_t bytes = attention_scratch_bytes(shape, 1);
  const Scratch scratch(bytes);
  const TokenRows q{rows.data(), 4};
  EXPECT_THROW(attention(shape, AttentionMask::none, 1, q, q, q, {out.data(), 4}, scratch.data, bytes - 1), Error);
}

TEST(Attention, SameBitsOnAnyNumberOfThreads) {
  const Case c{{2, 3, 40, 100, 77}};
  const auto q = normal_values(2 * 100 * 120, 6), k = normal_values(2 * 77 * 120, 7),
             v = normal_values(2 * 77 * 120, 8);
  const TokenRows q_rows{q.data(), 120}, k_rows{k.data(), 120}, v_rows{v.data(), 120};
  ThreadBudget budget(4);
  std::vector<float> one, three;
  {
    const ThreadLease lease(budget, 1);
    one = run(c, 0.2F, q_rows, k_rows, v_rows, 1);
  }
  const ThreadLease lease(budget, 3);
  EXPECT_EQ(one, run(c, 0.2F, q_rows, k_rows, v_rows, 3));
  EXPECT_EQ(one, run(c, 0.2F, q_rows, k_rows, v_rows, 1)) << "scratch for one thread only";
}

}  // namespace
}  // namespace veneer::runtime
