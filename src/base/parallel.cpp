#include "base/parallel.h"

#include <sched.h>

#include <algorithm>

#include "base/check.h"

namespace veneer {
namespace {

void set_team_size([[maybe_unused]] int threads) {
#ifdef _OPENMP
  omp_set_num_threads(threads);
#endif
}

}  // namespace

int available_cores() {
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof(mask), &mask) != 0) return 1;
  return std::max(1, CPU_COUNT(&mask));
}

int team_size() {
#ifdef _OPENMP
  return omp_in_parallel() ? 1 : omp_get_max_threads();
#else
  return 1;
#endif
}

ThreadBudget::ThreadBudget(int size) : size_(size), free_(size) {
  if (size < 1) fail(ErrorCode::invalid_argument, "threads: expected at least 1, got {}", size);
}

ThreadLease::ThreadLease(ThreadBudget& budget, int threads)
    : budget_(budget), threads_(threads), previous_team_(team_size()) {
  VENEER_CHECK(threads >= 1 && threads <= budget.size());
  std::unique_lock lock(budget_.mutex_);
  const std::uint64_t ticket = budget_.next_ticket_++;
  budget_.changed_.wait(lock, [&] { return budget_.serving_ == ticket && budget_.free_ >= threads_; });
  ++budget_.serving_;
  budget_.free_ -= threads_;
  budget_.changed_.notify_all();
  set_team_size(threads_);
}

ThreadLease::~ThreadLease() {
  set_team_size(previous_team_);
  const std::lock_guard lock(budget_.mutex_);
  budget_.free_ += threads_;
  budget_.changed_.notify_all();
}

}  // namespace veneer
