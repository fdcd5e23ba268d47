#include "base/nearest.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace veneer {
namespace {

/// Levenshtein's distance, one row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({row[j] + 1, row[j + 1] + 1, replaced}));
    }
  }
  return row.back();
}

}  // namespace

std::vector<std::string> nearest_names(std::string_view name, const std::vector<std::string>& candidates,
                                       std::size_t count) {
  constexpr std::size_t kLongest = 300;  // names come from files: bounds the quadratic work
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const auto& candidate : candidates) {
    if (name.size() > kLongest || candidate.size() > kLongest) continue;
    const std::size_t distance = edit_distance(name, candidate);
    if (3 * distance <= std::max(name.size(), candidate.size())) ranked.emplace_back(distance, candidate);
  }
  std::sort(ranked.begin(), ranked.end());
  if (ranked.size() > count) ranked.resize(count);
  std::vector<std::string> nearest;
  for (auto& [distance, candidate] : ranked) nearest.push_back(std::move(candidate));
  return nearest;
}

}  // namespace veneer
