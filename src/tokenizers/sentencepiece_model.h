// The parts of a sentencepiece model file (spiece.model, a protocol buffer) that a tokenizer needs. Values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace veneer::tokenizers {

struct SentencePieceModel {
  enum class PieceType : std::uint8_t { normal = 1, unknown, control, user_defined, unused, byte };
  enum class ModelType : std::uint8_t { unigram = 1, bpe, word, character };
  struct Piece {
    std::string text;
    float score = 0;
    PieceType type = PieceType::normal;
  };

  std::vector<Piece> pieces;
  ModelType type = ModelType::unigram;
  std::int32_t unknown_id = 0;
  std::string precompiled_charsmap;  ///< empty: no normalisation

  /// Throws Error corrupt_file, which opens with `where`, for bytes that are no such file.
  static SentencePieceModel parse(std::string_view bytes, std::string_view where);
};

}  // namespace veneer::tokenizers
