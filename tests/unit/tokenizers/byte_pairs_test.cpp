#include "tokenizers/byte_pairs.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace veneer::tokenizers {
namespace {

// The definition: find the pair of the lowest rank, leftmost; merge it; begin again.
std::vector<std::int32_t> merge_naively(const std::vector<MergeRule>& rules, std::vector<std::int32_t> word) {
  for (;;) {
    std::size_t best_rank = std::numeric_limits<std::size_t>::max(), best_at = 0;
    for (std::size_t at = 0; at + 1 < word.size(); ++at)
      for (std::size_t rank = 0; rank < rules.size() && rank < best_rank; ++rank)
        if (rules[rank].left == word[at] && rules[rank].right == word[at + 1]) {
          best_rank = rank;
          best_at = at;
        }
    if (best_rank == std::numeric_limits<std::size_t>::max()) return word;
    word[best_at] = rules[best_rank].result;
    word.erase(word.begin() + static_cast<std::ptrdiff_t>(best_at) + 1);
  }
}

TEST(BytePairs, MergesAsTheDefinitionSays) {
  std::mt19937 random(7);
  const auto draw = [&](std::int32_t n) { return static_cast<std::int32_t>(random() % static_cast<std::uint32_t>(n)); };
  for (int round = 0; round < 300; ++round) {
    std::vector<MergeRule> rules;
    std::int32_t symbols = 3;
    while (symbols < 20) {
      const MergeRule rule{draw(symbols), draw(symbols), symbols++};
      rules.push_back(rule);
    }
    std::erase_if(rules, [&](const MergeRule& rule) {  // one rank for a pair
      for (const MergeRule& other : rules)
        if (other.left == rule.left && other.right == rule.right) return other.result != rule.result;
      return false;
    });
    std::vector<std::int32_t> word(static_cast<std::size_t>(1 + draw(30)));
    for (auto& symbol : word) symbol = draw(3);
    std::vector<std::int32_t> merged;
    BytePairs(rules).merge(word, merged);
    ASSERT_EQ(merged, merge_naively(rules, word)) << "round " << round;
  }
}

TEST(BytePairs, EqualRanksGoFromTheLeft) {
  std::vector<std::int32_t> merged = {9};
  BytePairs({{0, 0, 1}}).merge({0, 0, 0, 0, 0}, merged);
  EXPECT_EQ(merged, (std::vector<std::int32_t>{9, 1, 1, 0}));
}

TEST(BytePairs, APairThatStandsTwiceHasTheLaterRank) {
  std::vector<std::int32_t> merged;
  BytePairs({{0, 1, 5}, {1, 2, 6}, {0, 1, 5}}).merge({0, 1, 2}, merged);
  EXPECT_EQ(merged, (std::vector<std::int32_t>{0, 6}));
}

}  // namespace
}  // namespace veneer::tokenizers
