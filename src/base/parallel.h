// Threads: OpenMP's, because oneDNN runs on the same ones.
//
// A thread that asks for parallel work forms a team. `ThreadBudget` bounds how many threads of all teams run at once;
// `ThreadLease` is one team's share of it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace veneer {

/// While it lives, the calling thread's parallel work runs on `threads` threads, whatever a budget says.
class TeamSize {
 public:
  explicit TeamSize(int threads);
  ~TeamSize();
  TeamSize(const TeamSize&) = delete;
  TeamSize& operator=(const TeamSize&) = delete;

 private:
  int previous_;
};

/// Cores that this process may run on (its affinity mask), at least 1.
int available_cores();

class ThreadLease;

/// Never more than `size` threads run under leases of one budget. Thread-safe; leases are granted in order of asking.
class ThreadBudget {
 public:
  explicit ThreadBudget(int size);
  [[nodiscard]] int size() const { return size_; }

 private:
  friend class ThreadLease;
  const int size_;
  int free_;
  ThreadLease* first_waiting_ = nullptr;
  std::mutex mutex_;
  std::condition_variable_any changed_;
};

/// While it lives, the calling thread's parallel work runs on `threads` threads of the budget. Waits until the budget
/// has them. Belongs to the thread that made it.
class ThreadLease {
 public:
  /// 1 <= threads <= budget.size(). Throws Error cancelled if a stop is requested while it waits.
  ThreadLease(ThreadBudget& budget, int threads, const std::stop_token& stop = {});
  ~ThreadLease();
  ThreadLease(const ThreadLease&) = delete;
  ThreadLease& operator=(const ThreadLease&) = delete;

 private:
  void wait(const std::stop_token& stop);

  ThreadBudget& budget_;
  const int threads_;
  ThreadLease* next_waiting_ = nullptr;
  std::optional<TeamSize> team_;
};

/// Threads that parallel work of the calling thread uses.
int team_size();

/// body(begin, end) over disjoint ranges that cover [0, n), one range a thread, as equal as may be and as many as leave
/// `grain` to each (one range may be shorter). The ranges depend on n, grain and the team's size alone. body must not
/// throw.
template <class Body>
void parallel_for(std::int64_t n, std::int64_t grain, Body&& body) {
  const std::int64_t most = (n + grain - 1) / grain;
  const auto parts = static_cast<int>(most < team_size() ? most : team_size());
  if (parts <= 1) {
    if (n > 0) body(std::int64_t{0}, n);
    return;
  }
#ifdef _OPENMP
#pragma omp parallel for num_threads(parts) schedule(static, 1)
#endif
  for (int part = 0; part < parts; ++part) {
    const std::int64_t begin = n * part / parts, end = n * (part + 1) / parts;
    if (begin < end) body(begin, end);
  }
}

}  // namespace veneer
