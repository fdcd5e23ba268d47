#include "tokenizers/byte_pairs.h"

#include <queue>
#include <utility>

namespace veneer::tokenizers {
namespace {

std::uint64_t key_of(std::int32_t left, std::int32_t right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
}

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

struct Symbol {
  std::int32_t id;
  bool merged_away;
  std::size_t previous, next;
};

struct Candidate {
  std::int32_t rank, result;
  std::size_t position;
  // std::priority_queue gives the greatest: the lowest rank, then the leftmost.
  bool operator<(const Candidate& other) const {
    return rank != other.rank ? rank > other.rank : position > other.position;
  }
};

}  // namespace

BytePairs::BytePairs(const std::vector<MergeRule>& rules) {
  rules_.reserve(rules.size());
  std::int32_t rank = 0;
  for (const MergeRule& rule : rules) rules_.insert_or_assign(key_of(rule.left, rule.right), Rule{rank++, rule.result});
}

const BytePairs::Rule* BytePairs::find(std::int32_t left, std::int32_t right) const {
  const auto found = rules_.find(key_of(left, right));
  return found == rules_.end() ? nullptr : &found->second;
}

void BytePairs::merge(const std::vector<std::int32_t>& word, std::vector<std::int32_t>& ids) const {
  std::vector<Symbol> symbols(word.size());
  for (std::size_t i = 0; i < word.size(); ++i)
    symbols[i] = {word[i], false, i == 0 ? kNone : i - 1, i + 1 == word.size() ? kNone : i + 1};

  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i + 1 < word.size(); ++i)
    if (const Rule* rule = find(word[i], word[i + 1])) candidates.push_back({rule->rank, rule->result, i});
  std::priority_queue<Candidate> queue({}, std::move(candidates));

  const auto consider = [&](std::size_t left) {
    if (left == kNone || symbols[left].next == kNone) return;
    if (const Rule* rule = find(symbols[left].id, symbols[symbols[left].next].id))
      queue.push({rule->rank, rule->result, left});
  };
  while (!queue.empty()) {
    const Candidate top = queue.top();
    queue.pop();
    Symbol& left = symbols[top.position];
    if (left.merged_away || left.next == kNone) continue;
    Symbol& right = symbols[left.next];
    const Rule* rule = find(left.id, right.id);
    if (rule == nullptr || rule->result != top.result) continue;  // one of the two has changed since
    left.id = top.result;
    left.next = right.next;
    right.merged_away = true;
    if (left.next != kNone) symbols[left.next].previous = top.position;
    consider(left.previous);
    consider(top.position);
  }
  for (const Symbol& symbol : symbols)
    if (!symbol.merged_away) ids.push_back(symbol.id);
}

}  // namespace veneer::tokenizers
