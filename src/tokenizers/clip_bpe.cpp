#include "tokenizers/clip_bpe.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "tokenizers/clip_text.h"

namespace veneer::tokenizers {
namespace {

constexpr std::string_view kEndOfWord = "</w>";

// ByteLevel's alphabet: a visible character for each byte. Latin-1's visible characters stand for themselves, the other
// bytes take U+0100 and up, in order. (bytes_to_unicode in OpenAI's GPT-2.)
class ByteAlphabet {
 public:
  static const ByteAlphabet& instance() {
    static const ByteAlphabet alphabet;
    return alphabet;
  }

  /// The character for a byte, in UTF-8.
  [[nodiscard]] const std::string& operator[](std::size_t byte) const { return characters_[byte]; }

  /// The bytes that a token stands for; where a character is none of the alphabet's, the token's own bytes.
  [[nodiscard]] std::string bytes_of(const std::string& token) const {
    std::string bytes;
    for (std::size_t at = 0; at < token.size();) {
      const std::size_t begin = at++;
      while (at < token.size() && (static_cast<unsigned char>(token[at]) & 0xC0) == 0x80) ++at;
      const auto found = bytes_.find(token.substr(begin, at - begin));
      if (found == bytes_.end()) return token;
      bytes += static_cast<char>(found->second);
    }
    return bytes;
  }

 private:
  ByteAlphabet() {
    unsigned next = 0x100;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const bool visible = (byte > 0x20 && byte < 0x7F) || (byte > 0xA0 && byte != 0xAD);
      const unsigned c = visible ? byte : next++;
      if (c < 0x80)
        characters_[byte] = static_cast<char>(c);
      else
        characters_[byte] = {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
      bytes_[characters_[byte]] = static_cast<unsigned char>(byte);
    }
  }

  std::array<std::string, 256> characters_;
  std::unordered_map<std::string, unsigned char> bytes_;
};

std::string strip(std::string_view text) {
  while (!text.empty() && is_python_space(character_before(text, text.size()))) {
    while ((static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.remove_suffix(1);
    text.remove_suffix(1);
  }
  while (!text.empty() && is_python_space(character_at(text, 0))) {
    text.remove_prefix(1);
    while (!text.empty() && (static_cast<unsigned char>(text.front()) & 0xC0) == 0x80) text.remove_prefix(1);
  }
  return std::string(text);
}

std::string spaces_for_word_ends(std::string_view text) {
  std::string result;
  for (std::size_t at; (at = text.find(kEndOfWord)) != std::string_view::npos;
       text.remove_prefix(at + kEndOfWord.size()))
    result.append(text.substr(0, at)).push_back(' ');
  return result.append(text);
}

}  // namespace

ClipTokenizer ClipTokenizer::open(const std::filesystem::path& folder) {
  return ClipTokenizer(ClipFiles::read(folder));
}

ClipTokenizer::ClipTokenizer(const ClipFiles& files) : ClipTokenizer(read_clip_vocabulary(files)) {}

ClipTokenizer::ClipTokenizer(ClipVocabulary vocabulary)
    : added_(vocabulary.added, normalize_clip),
      pairs_(vocabulary.merges),
      bos_id_(vocabulary.bos_id),
      eos_id_(vocabulary.eos_id),
      pad_id_(vocabulary.pad_id),
      model_max_length_(vocabulary.model_max_length) {
  const ByteAlphabet& alphabet = ByteAlphabet::instance();
  const auto id_of = [&](const std::string& token) {
    const auto found = vocabulary.ids.find(token);
    return found == vocabulary.ids.end() ? vocabulary.unk_id : found->second;
  };
  for (std::size_t byte = 0; byte < byte_ids_.size(); ++byte) {
    byte_ids_[byte] = id_of(alphabet[byte]);
    last_byte_ids_[byte] = id_of(alphabet[byte] + std::string(kEndOfWord));
  }
  for (const auto& [token, id] : vocabulary.ids) texts_[id] = alphabet.bytes_of(token);
  for (const auto& [token, id] : vocabulary.added)  // the reference shows a normalised token as it looks for it
    texts_[id] = alphabet.bytes_of(token.normalized ? normalize_clip(token.content) : token.content);
}

ClipTokenizer::Token ClipTokenizer::last_token() const {
  const auto last = std::ranges::max_element(texts_, {}, [](const auto& entry) { return entry.first; });
  return {last->first, last->second};
}

EncodedPrompt ClipTokenizer::encode(std::string_view prompt, std::int32_t length) const {
  if (length < 2)
    fail(ErrorCode::invalid_argument, "prompt: expected a length of 2 or more for its start and end, got {}", length);
  const std::vector<std::int32_t> tokens = tokenize(prompt);
  const std::size_t kept = std::min(tokens.size(), static_cast<std::size_t>(length) - 2);
  EncodedPrompt encoded;
  encoded.ids.reserve(static_cast<std::size_t>(length));
  encoded.ids.push_back(bos_id_);
  encoded.ids.insert(encoded.ids.end(), tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(kept));
  encoded.ids.push_back(eos_id_);
  encoded.num_tokens = static_cast<std::int32_t>(encoded.ids.size());
  encoded.end = static_cast<std::int32_t>(std::ranges::find(encoded.ids, eos_id_) - encoded.ids.begin());
  encoded.ids.resize(static_cast<std::size_t>(length), pad_id_);
  if (kept < tokens.size()) encoded.truncated_text = decode(std::span(tokens).subspan(kept));
  return encoded;
}

std::vector<std::int32_t> ClipTokenizer::tokenize(std::string_view prompt) const {
  if (prompt.size() > kLongestPrompt)
    fail(ErrorCode::invalid_argument, "prompt: expected at most {} bytes, got {}", kLongestPrompt, prompt.size());
  std::vector<std::int32_t> ids;
  for (const TextPiece& piece : added_.split(replace_ill_formed(prompt))) {
    if (piece.id)
      ids.push_back(*piece.id);
    else
      for (const std::string_view word : split_words(piece.text)) append_word(word, ids);
  }
  return ids;
}

void ClipTokenizer::append_word(std::string_view word, std::vector<std::int32_t>& ids) const {
  std::vector<std::int32_t> symbols;
  symbols.reserve(word.size());
  for (const char byte : word) symbols.push_back(byte_ids_[static_cast<unsigned char>(byte)]);
  symbols.back() = last_byte_ids_[static_cast<unsigned char>(word.back())];
  pairs_.merge(symbols, ids);
}

std::string ClipTokenizer::decode(std::span<const std::int32_t> ids) const {
  std::string bytes;
  for (const std::int32_t id : ids)
    if (const auto found = texts_.find(id); found != texts_.end()) bytes += found->second;
  return strip(spaces_for_word_ends(replace_ill_formed(bytes)));
}

}  // namespace veneer::tokenizers
