#include "docs/site/vocabulary.h"

#include <algorithm>
#include <utility>

namespace veneer::docs {

std::vector<std::uint32_t> Vocabulary::add(const std::vector<std::string_view>& words) {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(words.size());
  const std::lock_guard lock(mutex_);
  for (const std::string_view word : words) {
    const auto place = std::lower_bound(sorted_.begin(), sorted_.end(), word);
    if (place != sorted_.end() && *place == word)
      numbers.push_back(static_cast<std::uint32_t>(place - sorted_.begin()));
    else
      numbers.push_back(fresh_.try_emplace(std::string(word), static_cast<std::uint32_t>(size())).first->second);
  }
  return numbers;
}

std::vector<std::uint32_t> Vocabulary::settle(const std::vector<bool>& used) {
  std::vector<std::pair<std::string, std::uint32_t>> kept, fresh(fresh_.begin(), fresh_.end());
  std::sort(fresh.begin(), fresh.end());
  kept.reserve(size());
  for (std::uint32_t old = 0; old < sorted_.size(); ++old) kept.emplace_back(std::move(sorted_[old]), old);
  std::vector<std::pair<std::string, std::uint32_t>> all;
  all.reserve(size());
  std::merge(std::move_iterator(kept.begin()), std::move_iterator(kept.end()), std::move_iterator(fresh.begin()),
             std::move_iterator(fresh.end()), std::back_inserter(all));
  std::vector<std::uint32_t> numbers(size());
  sorted_.clear();
  fresh_.clear();
  for (auto& [word, old] : all) {
    if (!used[old]) continue;
    numbers[old] = static_cast<std::uint32_t>(sorted_.size());
    sorted_.push_back(std::move(word));
  }
  return numbers;
}

}  // namespace veneer::docs
