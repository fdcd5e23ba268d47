#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace veneer {
namespace {

TEST(Parallel, CoversEachIndexOnce) {
  std::vector<int> seen(1001);
  parallel_for(1001, 10, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
  });
  EXPECT_EQ(seen, std::vector<int>(1001, 1));
}

TEST(ThreadBudget, NeverExceeded) {
  ThreadBudget budget(3);
  std::atomic<int> running = 0, most = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, share = t % 3 + 1] {
      for (int i = 0; i < 50; ++i) {
        const ThreadLease lease(budget, share);
        const int now = running += share;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        running -= share;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 1);
}

}  // namespace
}  // namespace veneer
