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

TeamSize::TeamSize(int threads) : previous_(team_size()) {
  set_team_size(threads);
}

TeamSize::~TeamSize() {
  set_team_size(previous_);
}

ThreadLease::ThreadLease(ThreadBudget& budget, int threads, const std::stop_token& stop)
    : budget_(budget), threads_(threads) {
  VENEER_CHECK(threads >= 1 && threads <= budget.size());
  wait(stop);
  team_.emplace(threads);
}

/// In a queue of leases that are still being made.
void ThreadLease::wait(const std::stop_token& stop) {
  const auto place_of = [&](const ThreadLease* lease) {
    ThreadLease** place = &budget_.first_waiting_;
    while (*place != lease) place = &(*place)->next_waiting_;
    return place;
  };
  std::unique_lock lock(budget_.mutex_);
  *place_of(nullptr) = this;
  const bool granted =
      budget_.changed_.wait(lock, stop, [&] { return budget_.first_waiting_ == this && budget_.free_ >= threads_; });
  *place_of(this) = next_waiting_;
  budget_.changed_.notify_all();
  if (!granted) fail(ErrorCode::cancelled, "stopped while it waited for {} threads", threads_);
  budget_.free_ -= threads_;
}

ThreadLease::~ThreadLease() {
  team_.reset();
  const std::lock_guard lock(budget_.mutex_);
  budget_.free_ += threads_;
  budget_.changed_.notify_all();
}

}  // namespace veneer
