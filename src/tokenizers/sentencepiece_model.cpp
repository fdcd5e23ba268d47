#include "tokenizers/sentencepiece_model.h"

#include <bit>
#include <limits>

#include "base/error.h"
#include "tokenizers/clip_text.h"

namespace veneer::tokenizers {
namespace {

/// One message of a protocol buffer, field by field. https://protobuf.dev/programming-guides/encoding/
class Message {
 public:
  Message(std::string_view message, std::string_view where) : rest_(message), where_(where) {}

  /// Reads the next field, whose value is then in `bytes` or `number`; false at the end.
  bool next() {
    if (rest_.empty()) return false;
    const std::uint64_t tag = varint();
    field = tag >> 3;
    bytes = {};
    number = 0;
    switch (tag & 7) {
      case 0:
        number = varint();
        break;
      case 1:
        bytes = take(8);
        break;
      case 2:
        bytes = take(varint());
        break;
      case 5:
        bytes = take(4);
        break;
      default:
        fail(ErrorCode::corrupt_file, "{}: expected a protocol buffer, got wire type {} in field {}", where_, tag & 7,
             field);
    }
    return true;
  }

  /// The field's value, of the given type.
  [[nodiscard]] float real() const {
    if (bytes.size() != 4)
      fail(ErrorCode::corrupt_file, "{}: field {}: expected a number of 4 bytes, got {}", where_, field, bytes.size());
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i)
      bits |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    return std::bit_cast<float>(bits);
  }
  template <class Enum>
  [[nodiscard]] Enum one_of(Enum last) const {
    if (number < 1 || number > static_cast<std::uint64_t>(last))
      fail(ErrorCode::corrupt_file, "{}: field {}: expected 1 to {}, got {}", where_, field,
           static_cast<std::uint64_t>(last), number);
    return static_cast<Enum>(number);
  }

  std::uint64_t field = 0;
  std::uint64_t number = 0;
  std::string_view bytes;

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    fail(ErrorCode::corrupt_file, "{}: expected a number of at most 10 bytes in field {}, got a longer one", where_,
         field);
  }
  std::string_view take(std::uint64_t count) {
    if (count > rest_.size())
      fail(ErrorCode::corrupt_file, "{}: field {}: expected {} bytes more, got {}", where_, field, count, rest_.size());
    const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(count));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
  std::string_view where_;
};

SentencePieceModel::Piece parse_piece(std::string_view bytes, std::string_view where) {
  SentencePieceModel::Piece piece;
  for (Message message(bytes, where); message.next();) {
    if (message.field == 1) piece.text = message.bytes;
    if (message.field == 2) piece.score = message.real();
    if (message.field == 3) piece.type = message.one_of(SentencePieceModel::PieceType::byte);
  }
  if (replace_ill_formed(piece.text) != piece.text)
    fail(ErrorCode::corrupt_file, "{}: expected pieces in UTF-8, got \"{}\"", where, replace_ill_formed(piece.text));
  if (!(piece.score == piece.score))
    fail(ErrorCode::corrupt_file, "{}: \"{}\": expected a score, got NaN", where, piece.text);
  return piece;
}

}  // namespace

SentencePieceModel SentencePieceModel::parse(std::string_view bytes, std::string_view where) {
  SentencePieceModel model;
  for (Message message(bytes, where); message.next();) {
    if (message.field == 1) model.pieces.push_back(parse_piece(message.bytes, where));
    if (message.field == 2) {
      for (Message trainer(message.bytes, where); trainer.next();) {
        if (trainer.field == 3) model.type = trainer.one_of(ModelType::character);
        if (trainer.field == 40) {
          if (trainer.number > std::numeric_limits<std::int32_t>::max())
            fail(ErrorCode::corrupt_file, "{}: unk_id: expected an id, got {}", where, trainer.number);
          model.unknown_id = static_cast<std::int32_t>(trainer.number);
        }
      }
    }
    if (message.field == 3) {
      for (Message normalizer(message.bytes, where); normalizer.next();)
        if (normalizer.field == 2) model.precompiled_charsmap = normalizer.bytes;
    }
  }
  if (model.pieces.empty()) fail(ErrorCode::corrupt_file, "{}: expected a vocabulary of pieces, got none", where);
  return model;
}

}  // namespace veneer::tokenizers
