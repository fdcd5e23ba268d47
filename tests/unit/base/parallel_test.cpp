#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <optional>
#include <thread>
#include <vector>

#include "base/error.h"

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
}

TEST(ThreadBudget, LeasesThatFitRunAtTheSameTime) {
  ThreadBudget budget(3);
  std::barrier all(3);  // passed by nobody if one of them waits for another
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      const ThreadLease lease(budget, 1);
      all.arrive_and_wait();
    });
  for (auto& thread : threads) thread.join();
}

TEST(ThreadBudget, ALeaseIsTheTeamsSize) {
  const int before = team_size();
  ThreadBudget budget(5);
  {
    const ThreadLease lease(budget, 5);
    EXPECT_EQ(team_size(), 5);
  }
  EXPECT_EQ(team_size(), before);
}

TEST(ThreadBudget, AWaitEndsWhenAStopIsRequested) {
  ThreadBudget budget(2);
  std::stop_source stop;
  std::optional<ThreadLease> all(std::in_place, budget, 2);
  std::optional<ErrorCode> code;
  std::thread cancelled([&] {
    try {
      const ThreadLease lease(budget, 2, stop.get_token());
    } catch (const Error& error) {
      code = error.code();
    }
  });
  std::atomic<bool> granted = false;
  std::thread behind([&] {
    const ThreadLease lease(budget, 1);
    granted = true;
  });
  stop.request_stop();
  cancelled.join();
  EXPECT_EQ(code, ErrorCode::cancelled);
  EXPECT_FALSE(granted);
  all.reset();  // whoever stood behind the one that left gets its turn
  behind.join();
  EXPECT_TRUE(granted);
  const ThreadLease again(budget, 2, stop.get_token());  // who need not wait is not stopped
}

}  // namespace
}  // namespace veneer
