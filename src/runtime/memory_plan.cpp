#include "runtime/memory_plan.h"

#include <algorithm>
#include <numeric>

namespace veneer::runtime {

MemoryPlan plan_memory(std::span<const Lifetime> lifetimes) {
  constexpr std::size_t kAlignment = 64;
  MemoryPlan plan{std::vector<std::size_t>(lifetimes.size()), 0};

  std::vector<std::size_t> by_size(lifetimes.size());
  std::iota(by_size.begin(), by_size.end(), 0);
  std::stable_sort(by_size.begin(), by_size.end(),
                   [&](std::size_t a, std::size_t b) { return lifetimes[a].bytes > lifetimes[b].bytes; });

  std::vector<std::size_t> placed;  // in order of offset
  for (const std::size_t index : by_size) {
    const Lifetime& life = lifetimes[index];
    std::size_t offset = 0;
    for (const std::size_t other : placed) {
      const Lifetime& theirs = lifetimes[other];
      if (theirs.last_step < life.first_step || life.last_step < theirs.first_step) continue;
      if (offset + life.bytes <= plan.offsets[other]) break;
      offset = std::max(offset, (plan.offsets[other] + theirs.bytes + kAlignment - 1) / kAlignment * kAlignment);
    }
    plan.offsets[index] = offset;
    plan.bytes = std::max(plan.bytes, offset + life.bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), index,
                                   [&](std::size_t a, std::size_t b) { return plan.offsets[a] < plan.offsets[b]; }),
                  index);
  }
  return plan;
}

}  // namespace veneer::runtime
