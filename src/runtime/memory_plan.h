// Places the buffers of one run in one arena: buffers whose lifetimes meet do not overlap.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace veneer::runtime {

/// Alive from the step that writes it to the last that reads it, both included.
struct Lifetime {
  std::size_t bytes = 0;
  int first_step = 0, last_step = 0;
};

struct MemoryPlan {
  std::vector<std::size_t> offsets;  ///< one a lifetime, multiples of 64
  std::size_t bytes = 0;             ///< of the arena
};

/// Greedy by size: largest first, each at the lowest offset that is free during its life
/// (Pisarchyk and Lee, https://arxiv.org/abs/2001.03288).
MemoryPlan plan_memory(std::span<const Lifetime> lifetimes);

}  // namespace veneer::runtime
