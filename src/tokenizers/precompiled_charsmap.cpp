#include "tokenizers/precompiled_charsmap.h"

#include <unicode/brkiter.h>
#include <unicode/unistr.h>
#include <unicode/utext.h>

#include <memory>

#include "base/error.h"
#include "tokenizers/clip_text.h"

namespace veneer::tokenizers {
namespace {

std::uint32_t little_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  return value;
}

// The fields of a unit of the Darts-clone double array.
std::uint32_t offset_of(std::uint32_t unit) {
  return (unit >> 10) << ((unit & (1U << 9)) >> 6);
}
bool has_leaf(std::uint32_t unit) {
  return ((unit >> 8) & 1) == 1;
}
std::uint32_t label_of(std::uint32_t unit) {
  return unit & ((1U << 31) | 0xFFU);
}
std::uint32_t value_of(std::uint32_t unit) {
  return unit & ((1U << 31) - 1);
}

/// Calls visit(cluster) for each grapheme cluster in order.
template <class Visit>
void for_each_grapheme(std::string_view text, Visit visit) {
  UErrorCode status = U_ZERO_ERROR;
  UText* utf8 = utext_openUTF8(nullptr, text.data(), static_cast<std::int64_t>(text.size()), &status);
  const std::unique_ptr<UText, decltype(&utext_close)> owner(utf8, utext_close);
  const std::unique_ptr<icu::BreakIterator> breaks(
      icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
  if (U_SUCCESS(status)) breaks->setText(utf8, status);
  if (U_FAILURE(status)) fail(ErrorCode::internal, "ICU: grapheme clusters: {}", u_errorName(status));
  std::size_t begin = 0;
  for (std::int32_t end = breaks->next(); end != icu::BreakIterator::DONE; end = breaks->next()) {
    visit(text.substr(begin, static_cast<std::size_t>(end) - begin));
    begin = static_cast<std::size_t>(end);
  }
}

}  // namespace

PrecompiledCharsmap::PrecompiledCharsmap(std::string_view blob, std::string_view where) {
  if (blob.size() < 4) fail(ErrorCode::corrupt_file, "{}: expected at least 4 bytes, got {}", where, blob.size());
  const std::size_t trie = little_endian(blob, 0);
  if (trie % 4 != 0 || trie == 0 || trie > blob.size() - 4)
    fail(ErrorCode::corrupt_file, "{}: expected a trie of 4 to {} bytes in words of 4, got {}", where, blob.size() - 4,
         trie);
  for (std::size_t at = 4; at < 4 + trie; at += 4) units_.push_back(little_endian(blob, at));
  replacements_ = blob.substr(4 + trie);
  if (replace_ill_formed(replacements_) != replacements_)
    fail(ErrorCode::corrupt_file, "{}: expected replacements in UTF-8", where);
}

std::optional<std::string_view> PrecompiledCharsmap::transform(std::string_view chunk) const {
  std::uint32_t node = offset_of(units_[0]);
  for (const char c : chunk) {
    const auto byte = static_cast<std::uint32_t>(static_cast<unsigned char>(c));
    if (byte == 0) return std::nullopt;
    node ^= byte;
    if (node >= units_.size() || label_of(units_[node]) != byte) return std::nullopt;
    const std::uint32_t unit = units_[node];
    node ^= offset_of(unit);
    if (!has_leaf(unit)) continue;
    if (node >= units_.size()) return std::nullopt;
    const std::size_t begin = value_of(units_[node]);
    if (begin > replacements_.size()) return std::nullopt;
    const std::string_view rest = std::string_view(replacements_).substr(begin);
    return rest.substr(0, rest.find('\0'));
  }
  return std::nullopt;
}

std::string PrecompiledCharsmap::normalize(std::string_view text) const {
  constexpr std::size_t kLongestCluster = 6;  // bytes from which a cluster is taken character by character
  std::string result;
  result.reserve(text.size());
  for_each_grapheme(text, [&](std::string_view cluster) {
    if (cluster.size() < kLongestCluster) {
      if (const auto whole = transform(cluster)) {
        result += *whole;
        return;
      }
    }
    while (!cluster.empty()) {
      std::size_t size = 1;
      while (size < cluster.size() && (static_cast<unsigned char>(cluster[size]) & 0xC0) == 0x80) ++size;
      const std::string_view character = cluster.substr(0, size);
      result += transform(character).value_or(character);
      cluster.remove_prefix(size);
    }
  });
  return result;
}

}  // namespace veneer::tokenizers
