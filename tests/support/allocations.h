// What the whole program, oneDNN included, allocates by `new`. A test that links this has its operators replaced.
#pragma once

#include <atomic>
#include <cstdint>

namespace veneer::testing_support {

struct Allocations {
  std::atomic<std::int64_t> made = 0;
  std::atomic<std::int64_t> large = 0;  ///< of those, the ones of 1 KiB and more
  std::atomic<std::int64_t> live_bytes = 0;
  std::atomic<std::int64_t> left = -1;  ///< so many succeed, then one throws std::bad_alloc; negative: all succeed
};

extern Allocations allocations;

}  // namespace veneer::testing_support
