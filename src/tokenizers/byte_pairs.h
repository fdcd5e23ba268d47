// Byte-pair encoding of one word: its symbols are merged pair by pair, the pair of the lowest rank first and of equal
// ranks the leftmost. `BytePairs` is immutable after construction and may be shared by threads.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace veneer::tokenizers {

/// "left right" becomes "result". Its rank is its place in the list.
struct MergeRule {
  std::int32_t left, right, result;
};

class BytePairs {
 public:
  /// A pair that stands twice has the later rank, as in the reference.
  explicit BytePairs(const std::vector<MergeRule>& rules);

  /// Appends the merged symbols of `word` to `ids`. O(n log n) in the symbols: a heap of candidates, of which those
  /// that no longer apply are dropped as they come up (`Word::merge_all` of the `tokenizers` library).
  void merge(const std::vector<std::int32_t>& word, std::vector<std::int32_t>& ids) const;

 private:
  struct Rule {
    std::int32_t rank, result;
  };
  [[nodiscard]] const Rule* find(std::int32_t left, std::int32_t right) const;

  struct KeyHash {
    std::size_t operator()(std::uint64_t key) const noexcept { return key * 0x9E3779B97F4A7C15u >> 20; }
  };
  std::unordered_map<std::uint64_t, Rule, KeyHash> rules_;  // by left << 32 | right
};

}  // namespace veneer::tokenizers
