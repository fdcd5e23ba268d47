#include "tokenizers/t5_unigram.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "tokenizers/clip_text.h"

namespace veneer::tokenizers {
namespace {

constexpr std::string_view kSpace = "\u2581";  // opens a word

/// Calls visit(word) for each run of characters that are not white space.
template <class Visit>
void for_each_word(std::string_view text, Visit visit) {
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const bool space = is_white_space(character_at(text, at));
    const std::size_t character = at;
    do ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
    if (!space) continue;
    if (begin < character) visit(text.substr(begin, character - begin));
    begin = at;
  }
  if (begin < text.size()) visit(text.substr(begin));
}

/// Cuts a word before each kSpace: one stands at the start of what follows it.
template <class Visit>
void for_each_metaspace_part(std::string_view word, Visit visit) {
  for (std::size_t next; !word.empty(); word.remove_prefix(next)) {
    next = std::min(word.size(), word.find(kSpace, 1));
    visit(word.substr(0, next));
  }
}

std::string replace_spaces(std::string_view text) {
  std::string result;
  for (std::size_t at; (at = text.find(kSpace)) != std::string_view::npos; text.remove_prefix(at + kSpace.size()))
    result.append(text.substr(0, at)).push_back(' ');
  return result.append(text);
}

}  // namespace

T5Tokenizer T5Tokenizer::open(const std::filesystem::path& folder) {
  return T5Tokenizer(T5Files::read(folder));
}

T5Tokenizer::T5Tokenizer(const T5Files& files) : T5Tokenizer(read_t5_vocabulary(files)) {}

T5Tokenizer::T5Tokenizer(T5Vocabulary vocabulary)
    : added_entries_(vocabulary.added),
      added_(std::move(vocabulary.added),
             [map = std::move(vocabulary.charsmap)](std::string_view text) {
               return map ? map->normalize(text) : std::string(text);
             }),
      unigram_(std::move(vocabulary.pieces), kT5Unknown),
      model_max_length_(vocabulary.model_max_length) {}

std::string_view T5Tokenizer::text_of(std::int32_t id) const {
  const auto index = static_cast<std::size_t>(id);
  if (id >= 0 && index < unigram_.pieces().size()) return unigram_.pieces()[index].text;
  const auto added = std::ranges::find(added_entries_, id, &AddedTokens::Entry::id);
  return added == added_entries_.end() ? std::string_view() : added->token.content;
}

Tokenizer::Token T5Tokenizer::last_token() const {
  auto last = static_cast<std::int32_t>(unigram_.pieces().size()) - 1;
  for (const AddedTokens::Entry& entry : added_entries_) last = std::max(last, entry.id);
  return {last, std::string(text_of(last))};
}

EncodedPrompt T5Tokenizer::encode(std::string_view prompt, std::int32_t length) const {
  if (length < 1)
    fail(ErrorCode::invalid_argument, "prompt: expected a length of 1 or more for its end, got {}", length);
  const std::vector<std::int32_t> tokens = tokenize(prompt);
  const std::size_t kept = std::min(tokens.size(), static_cast<std::size_t>(length) - 1);
  EncodedPrompt encoded;
  encoded.ids.assign(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(kept));
  encoded.ids.push_back(kT5End);
  encoded.num_tokens = static_cast<std::int32_t>(encoded.ids.size());
  encoded.end = static_cast<std::int32_t>(std::ranges::find(encoded.ids, kT5End) - encoded.ids.begin());
  encoded.ids.resize(static_cast<std::size_t>(length), kT5Pad);
  if (kept < tokens.size()) encoded.truncated_text = decode(std::span(tokens).subspan(kept));
  return encoded;
}

std::vector<std::int32_t> T5Tokenizer::tokenize(std::string_view prompt) const {
  if (prompt.size() > kLongestPrompt)
    fail(ErrorCode::invalid_argument, "prompt: expected at most {} bytes, got {}", kLongestPrompt, prompt.size());
  std::vector<std::int32_t> ids;
  for (const TextPiece& piece : added_.split(replace_ill_formed(prompt))) {
    if (piece.id) {
      ids.push_back(*piece.id);
      continue;
    }
    for_each_word(piece.text, [&](std::string_view word) {
      const std::string marked = word.starts_with(kSpace) ? std::string(word) : std::string(kSpace).append(word);
      for_each_metaspace_part(marked, [&](std::string_view part) { unigram_.encode(part, ids); });
    });
  }
  return ids;
}

std::string T5Tokenizer::decode(std::span<const std::int32_t> ids) const {
  std::string text;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::string token = replace_spaces(text_of(ids[i]));
    if (i == 0) std::erase(token, ' ');
    text += token;
  }
  return text;
}

}  // namespace veneer::tokenizers
