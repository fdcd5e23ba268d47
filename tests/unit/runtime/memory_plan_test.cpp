#include "runtime/memory_plan.h"

#include <gtest/gtest.h>

#include <random>

namespace veneer::runtime {
namespace {

bool meet(const Lifetime& a, const Lifetime& b) {
  return a.first_step <= b.last_step && b.first_step <= a.last_step;
}

/// No two buffers that are alive at once share a byte; every buffer is aligned and inside the arena.
void expect_valid(const std::vector<Lifetime>& lives, const MemoryPlan& plan) {
  ASSERT_EQ(plan.offsets.size(), lives.size());
  for (std::size_t i = 0; i < lives.size(); ++i) {
    EXPECT_EQ(plan.offsets[i] % 64, 0u) << i;
    EXPECT_LE(plan.offsets[i] + lives[i].bytes, plan.bytes) << i;
    for (std::size_t j = 0; j < i; ++j) {
      if (!meet(lives[i], lives[j]) || lives[i].bytes == 0 || lives[j].bytes == 0) continue;
      EXPECT_TRUE(plan.offsets[i] + lives[i].bytes <= plan.offsets[j] ||
                  plan.offsets[j] + lives[j].bytes <= plan.offsets[i])
          << i << " and " << j;
    }
  }
}

TEST(MemoryPlan, NothingNeedsNothing) {
  EXPECT_EQ(plan_memory({}).bytes, 0u);
}

TEST(MemoryPlan, BuffersThatFollowEachOtherShareBytes) {
  const std::vector<Lifetime> chain = {{640, 0, 1}, {640, 1, 2}, {640, 2, 3}, {640, 3, 4}};
  const MemoryPlan plan = plan_memory(chain);
  expect_valid(chain, plan);
  EXPECT_EQ(plan.bytes, 1280u) << "two are alive at a time";
}

TEST(MemoryPlan, RandomLifetimes) {
  std::mt19937 random(1);
  for (int round = 0; round < 100; ++round) {
    std::vector<Lifetime> lives(random() % 40);
    std::size_t sum = 0;
    for (Lifetime& life : lives) {
      life = {random() % 5000, static_cast<int>(random() % 30), 0};
      life.last_step = life.first_step + static_cast<int>(random() % 8);
      sum += (life.bytes + 63) / 64 * 64;
    }
    const MemoryPlan plan = plan_memory(lives);
    expect_valid(lives, plan);
    EXPECT_LE(plan.bytes, sum);
  }
}

}  // namespace
}  // namespace veneer::runtime
