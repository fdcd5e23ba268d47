#include "tokenizers/added_tokens.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "tokenizers/clip_text.h"

namespace veneer::tokenizers {
namespace {

unsigned char first_byte(std::string_view text) {
  return static_cast<unsigned char>(text.front());
}

std::size_t trim_left_from(std::string_view text, std::size_t from, std::size_t end) {
  while (end > from && is_white_space(character_before(text, end))) do
      --end;
    while (end > from && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80);
  return end;
}

std::size_t skip_white_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_white_space(character_at(text, at))) do
      ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  return at;
}

bool flag(const Json& json, const char* name, bool otherwise, const std::string& where) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return otherwise;
  if (!found->is_boolean())
    fail(ErrorCode::corrupt_file, "{}: {}: expected true or false, got {}", where, name, found->type_name());
  return found->get<bool>();
}

}  // namespace

AddedToken read_added_token(const Json& json, const std::string& where) {
  const auto content = json.find("content");
  if (!json.is_object() || content == json.end() || !content->is_string())
    fail(ErrorCode::corrupt_file, "{}: expected a token (an object with \"content\"), got {}", where, json.type_name());
  AddedToken token{.content = content->get<std::string>()};
  const std::string here = where + ": \"" + token.content + "\"";
  for (const auto& [name, value] : json.items())
    if (name != "content" && name != "id" && name != "__type" && name != "single_word" && name != "lstrip" &&
        name != "rstrip" && name != "normalized" && name != "special")
      fail(ErrorCode::unsupported, "{}: the flag \"{}\" of an added token is not supported", here, name);
  token.single_word = flag(json, "single_word", false, here);
  token.lstrip = flag(json, "lstrip", false, here);
  token.rstrip = flag(json, "rstrip", false, here);
  token.special = flag(json, "special", false, here);
  token.normalized = flag(json, "normalized", !token.special, here);
  return token;
}

AddedTokens::AddedTokens(std::vector<Entry> entries, Normalize normalize)
    : entries_(std::move(entries)), normalize_(std::move(normalize)) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const AddedToken& token = entries_[i].token;
    std::string text = token.normalized ? normalize_(token.content) : token.content;
    auto& patterns = (token.normalized ? normalized_ : raw_)[first_byte(text)];
    for (const Pattern& other : patterns)
      if (other.text == text)
        fail(ErrorCode::unsupported, "added tokens \"{}\" and \"{}\": expected different texts, got \"{}\" for both",
             entries_[other.entry].token.content, token.content, text);
    patterns.push_back({std::move(text), i});
  }
  for (PatternTable* table : {&raw_, &normalized_})
    for (auto& patterns : *table)
      std::stable_sort(patterns.begin(), patterns.end(),
                       [](const Pattern& a, const Pattern& b) { return a.text.size() > b.text.size(); });
}

const AddedTokens::Pattern* AddedTokens::pattern_at(const PatternTable& table, std::string_view text, std::size_t at) {
  for (const Pattern& pattern : table[static_cast<unsigned char>(text[at])])
    if (text.substr(at).starts_with(pattern.text)) return &pattern;
  return nullptr;
}

std::vector<AddedTokens::Match> AddedTokens::matches(const PatternTable& table, std::string_view text) const {
  std::vector<Match> found;
  std::size_t taken = 0;  // end of the last match and of the white space that it swallowed
  for (std::size_t at = 0; at < text.size();) {
    const Pattern* pattern = pattern_at(table, text, at);
    if (pattern == nullptr) {
      ++at;
      continue;
    }
    const AddedToken& token = entries_[pattern->entry].token;
    Match match{pattern->entry, at, at + pattern->text.size()};
    at = match.end;
    if (token.single_word && ((match.begin > 0 && is_word_character(character_before(text, match.begin))) ||
                              (match.end < text.size() && is_word_character(character_at(text, match.end)))))
      continue;
    if (token.lstrip && match.begin > taken) match.begin = trim_left_from(text, taken, match.begin);
    if (token.rstrip) match.end = skip_white_space(text, match.end);
    taken = match.end;
    found.push_back(match);
  }
  return found;
}

std::vector<TextPiece> AddedTokens::split(std::string_view text) const {
  std::vector<TextPiece> pieces;
  // Calls between(text) and appends tokens, in order. A match may begin before the last one ended, when that one
  // swallowed the white space with which this one starts.
  const auto cut = [&](const PatternTable& table, std::string_view whole, auto&& between) {
    std::size_t begin = 0;
    for (const Match& match : matches(table, whole)) {
      if (begin < match.begin) between(whole.substr(begin, match.begin - begin));
      pieces.push_back({entries_[match.entry].id, {}});
      begin = match.end;
    }
    if (begin < whole.size()) between(whole.substr(begin));
  };
  cut(raw_, text, [&](std::string_view raw) {
    const std::string normal = normalize_(raw);
    cut(normalized_, normal, [&](std::string_view between) { pieces.push_back({std::nullopt, std::string(between)}); });
  });
  return pieces;
}

}  // namespace veneer::tokenizers
