// Independent pieces of work of different sizes, on all threads.
#pragma once

#include <atomic>
#include <cstddef>

#include "base/parallel.h"

namespace veneer::docs {

/// body(i) once for each i in [0, n), in about that order, on all threads of the team. body must not throw.
template <class Body>
void for_each_index(std::size_t n, Body&& body) {
  std::atomic<std::size_t> next{0};
  parallel_for(team_size(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t worker = begin; worker < end; ++worker)
      for (std::size_t i = next++; i < n; i = next++) body(i);
  });
}

}  // namespace veneer::docs
