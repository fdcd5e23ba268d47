// The unigram language model over pieces of words (Kudo 2018, arXiv 1804.10959): the cut of a text with the largest sum
// of log probabilities. Equal to `tokenizers`' Unigram. Immutable: may be shared by threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace veneer::tokenizers {

class Unigram {
 public:
  struct Piece {
    std::string text;
    double score;  ///< log probability
  };

  /// An id is a piece's position; of equal texts the last counts. `unknown` is an id.
  Unigram(std::vector<Piece> pieces, std::int32_t unknown);

  /// Appends the ids of the best cut of well-formed UTF-8. Characters that no piece begins or ends with are unknown;
  /// unknown neighbours are one token.
  void encode(std::string_view text, std::vector<std::int32_t>& ids) const;

  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  /// Id of a text that is a piece, else -1.
  [[nodiscard]] std::int32_t find(std::string_view text) const;

  std::vector<Piece> pieces_;
  std::vector<std::int32_t> sorted_;  // ids by text
  std::int32_t unknown_;
  double unknown_score_;
};

}  // namespace veneer::tokenizers
