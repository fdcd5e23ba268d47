#include "tokenizers/unigram.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "base/check.h"

namespace veneer::tokenizers {
namespace {

constexpr double kUnknownPenalty = 10.0;  // below the least likely piece

/// The best cut of a text up to a position.
struct Best {
  double score = 0;
  std::int32_t id = 0;
  std::size_t begin = std::string_view::npos;  ///< of its last piece; npos: no cut ends here
};

std::size_t character_size(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

void offer(Best& best, double score, std::int32_t id, std::size_t begin) {
  if (best.begin == std::string_view::npos || score > best.score) best = {score, id, begin};
}

}  // namespace

Unigram::Unigram(std::vector<Piece> pieces, std::int32_t unknown)
    : pieces_(std::move(pieces)), unknown_(unknown), unknown_score_(std::numeric_limits<double>::infinity()) {
  VENEER_CHECK(unknown >= 0 && static_cast<std::size_t>(unknown) < pieces_.size());
  for (const Piece& piece : pieces_) unknown_score_ = std::min(unknown_score_, piece.score);
  unknown_score_ -= kUnknownPenalty;
  std::vector<std::int32_t> order(pieces_.size());
  std::iota(order.begin(), order.end(), 0);
  const auto text = [this](std::int32_t id) -> std::string_view { return pieces_[static_cast<std::size_t>(id)].text; };
  std::ranges::stable_sort(order, {}, text);
  for (const std::int32_t id : order) {
    if (text(id).empty()) continue;
    if (!sorted_.empty() && text(sorted_.back()) == text(id)) sorted_.pop_back();
    sorted_.push_back(id);
  }
}

std::int32_t Unigram::find(std::string_view text) const {
  const auto text_of = [this](std::int32_t id) -> std::string_view {
    return pieces_[static_cast<std::size_t>(id)].text;
  };
  const auto found = std::ranges::lower_bound(sorted_, text, {}, text_of);
  return found != sorted_.end() && text_of(*found) == text ? *found : -1;
}

void Unigram::encode(std::string_view text, std::vector<std::int32_t>& ids) const {
  std::vector<Best> best(text.size() + 1);
  for (std::size_t begin = 0; begin < text.size(); begin += character_size(text[begin])) {
    const std::size_t character = character_size(text[begin]);
    const double so_far = best[begin].score;
    bool is_piece = false;  // the character alone
    // The pieces that begin with text[begin, end) are a range of the sorted ones, which narrows byte by byte.
    auto first = sorted_.begin();
    auto last = sorted_.end();
    for (std::size_t end = begin; end < text.size() && first != last; ++end) {
      const auto byte_of = [&](std::int32_t id) {
        const std::string& piece = pieces_[static_cast<std::size_t>(id)].text;
        return end - begin < piece.size() ? static_cast<int>(static_cast<unsigned char>(piece[end - begin])) : -1;
      };
      const auto range = std::ranges::equal_range(first, last, static_cast<unsigned char>(text[end]), {}, byte_of);
      first = range.begin();
      last = range.end();
      if (first == last) break;
      const Piece& shortest = pieces_[static_cast<std::size_t>(*first)];
      if (shortest.text.size() != end - begin + 1) continue;
      offer(best[end + 1], so_far + shortest.score, *first, begin);
      is_piece = is_piece || shortest.text.size() == character;
    }
    if (!is_piece) offer(best[begin + character], so_far + unknown_score_, unknown_, begin);
  }

  const std::size_t before = ids.size();
  for (std::size_t end = text.size(); end > 0;) {  // from the back
    std::size_t begin = best[end].begin;
    std::int32_t id = best[end].id;
    if (id == unknown_) {
      while (begin > 0 && best[begin].id == unknown_) begin = best[begin].begin;
      const std::int32_t whole = find(text.substr(begin, end - begin));
      if (whole >= 0) id = whole;
    }
    ids.push_back(id);
    end = begin;
  }
  std::reverse(ids.begin() + static_cast<std::ptrdiff_t>(before), ids.end());
}

}  // namespace veneer::tokenizers
