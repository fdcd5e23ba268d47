#include "tokenizers/clip_files.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "tokenizers/clip_settings.h"

namespace veneer::tokenizers {
namespace {

// The beginning of a text from a file, for a message.
std::string_view excerpt(std::string_view text) {
  constexpr std::size_t kMost = 60;
  return text.substr(0, kMost);
}

TokenIds read_vocab(const Json& vocab, const std::string& where) {
  if (!vocab.is_object()) fail(ErrorCode::corrupt_file, "{}: expected an object, got {}", where, vocab.type_name());
  TokenIds ids;
  ids.reserve(vocab.size());
  std::unordered_set<std::int64_t> seen;
  seen.reserve(vocab.size());
  for (const auto& [token, value] : vocab.items()) {
    // Ids index a table of embeddings; a signed comparison also takes unsigned JSON numbers above the limit.
    if (!value.is_number_integer() || value < 0 || value > std::numeric_limits<std::int32_t>::max() / 2)
      fail(ErrorCode::corrupt_file, "{}: \"{}\": expected an id, got {}", where, excerpt(token), excerpt(value.dump()));
    const auto id = value.get<std::int32_t>();
    if (!seen.insert(id).second)
      fail(ErrorCode::corrupt_file, "{}: \"{}\": expected an id of its own, got {} again", where, excerpt(token), id);
    ids.emplace(token, id);
  }
  return ids;
}

// One merge; `line` is how it stands in the file, `where` which file and line.
MergeRule read_merge(const TokenIds& ids, std::string_view left, std::string_view right, std::string_view where) {
  const auto id_of = [&](std::string token) {
    const auto found = ids.find(token);
    if (found == ids.end())
      fail(ErrorCode::corrupt_file, "{}: expected tokens of the vocabulary, got \"{}\"", where, excerpt(token));
    return found->second;
  };
  return {id_of(std::string(left)), id_of(std::string(right)), id_of(std::string(left) + std::string(right))};
}

MergeRule read_merge_line(const TokenIds& ids, std::string_view line, std::string_view where) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos)
    fail(ErrorCode::corrupt_file, "{}: expected two tokens with one space between, got \"{}\"", where, excerpt(line));
  return read_merge(ids, line.substr(0, space), line.substr(space + 1), where);
}

std::vector<MergeRule> read_merges_text(const TokenIds& ids, std::string_view text, const std::string& where) {
  std::vector<MergeRule> merges;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.starts_with("#version"))
      merges.push_back(read_merge_line(ids, line, fmt::format("{}:{}", where, number)));
  }
  return merges;
}

std::vector<MergeRule> read_merges_json(const TokenIds& ids, const Json& list, const std::string& where) {
  if (!list.is_array()) fail(ErrorCode::corrupt_file, "{}: expected a list, got {}", where, list.type_name());
  std::vector<MergeRule> merges;
  merges.reserve(list.size());
  for (const Json& merge : list) {
    const std::string here = fmt::format("{}[{}]", where, merges.size());
    if (merge.is_string())
      merges.push_back(read_merge_line(ids, merge.get_ref<const std::string&>(), here));
    else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string())
      merges.push_back(read_merge(ids, merge[0].get<std::string>(), merge[1].get<std::string>(), here));
    else
      fail(ErrorCode::corrupt_file, "{}: expected two tokens, got {}", here, excerpt(merge.dump()));
  }
  return merges;
}

// Gives each added token its id: the vocabulary's, or the next after it.
std::vector<AddedTokens::Entry> place_added(const std::vector<AddedToken>& tokens, const TokenIds& ids) {
  std::vector<AddedTokens::Entry> entries;
  auto next_id = static_cast<std::int32_t>(ids.size());
  for (const AddedToken& token : tokens) {
    const auto same = [&](const AddedTokens::Entry& entry) { return entry.token.content == token.content; };
    if (const auto earlier = std::find_if(entries.begin(), entries.end(), same); earlier != entries.end()) {
      earlier->token = token;
      continue;
    }
    const auto known = ids.find(token.content);
    entries.push_back({token, known != ids.end() ? known->second : next_id++});
  }
  return entries;
}

std::int32_t added_id(const std::vector<AddedTokens::Entry>& added, const std::string& content) {
  for (const auto& entry : added)
    if (entry.token.content == content) return entry.id;
  fail(ErrorCode::corrupt_file, "tokenizer_config.json: expected special tokens that are not empty, got \"\"");
}

}  // namespace

ClipFiles ClipFiles::read(const std::filesystem::path& folder) {
  const auto text_of = [&](const char* name) {
    const auto path = folder / name;
    std::error_code error;
    return std::filesystem::exists(path, error) ? std::optional(read_text_file(path)) : std::nullopt;
  };
  ClipFiles files{.folder = folder,
                  .tokenizer = text_of("tokenizer.json"),
                  .vocab = text_of("vocab.json"),
                  .merges = text_of("merges.txt"),
                  .tokenizer_config = text_of("tokenizer_config.json"),
                  .special_tokens_map = text_of("special_tokens_map.json"),
                  .added_tokens = text_of("added_tokens.json")};
  if (!files.tokenizer && !(files.vocab && files.merges))
    fail(ErrorCode::not_found, "{}: expected tokenizer.json, or vocab.json and merges.txt", folder.string());
  return files;
}

ClipVocabulary read_clip_vocabulary(const ClipFiles& files) {
  const auto place = [&](const char* file) { return (files.folder / file).string(); };
  ClipVocabulary vocabulary{};
  Json tokenizer;
  if (files.tokenizer) {
    const std::string where = place("tokenizer.json");
    tokenizer = parse_json(*files.tokenizer, where);
    require_clip_chain(tokenizer, where);
    const Json& model = tokenizer["model"];
    const auto part = [&](const char* name) -> const Json& {
      const auto found = model.find(name);
      if (found == model.end()) fail(ErrorCode::corrupt_file, "{}: model: expected \"{}\"", where, name);
      return *found;
    };
    vocabulary.ids = read_vocab(part("vocab"), where + ": model.vocab");
    vocabulary.merges = read_merges_json(vocabulary.ids, part("merges"), where + ": model.merges");
  } else {
    if (!files.vocab || !files.merges)
      fail(ErrorCode::not_found, "{}: expected tokenizer.json, or vocab.json and merges.txt", files.folder.string());
    const std::string where = place("vocab.json");
    vocabulary.ids = read_vocab(parse_json(*files.vocab, where), where);
    vocabulary.merges = read_merges_text(vocabulary.ids, *files.merges, place("merges.txt"));
  }
  const ClipSettings settings = read_clip_settings(files, tokenizer);
  vocabulary.added = place_added(settings.added, vocabulary.ids);
  vocabulary.bos_id = added_id(vocabulary.added, settings.bos);
  vocabulary.eos_id = added_id(vocabulary.added, settings.eos);
  vocabulary.pad_id = added_id(vocabulary.added, settings.pad);
  vocabulary.model_max_length = settings.model_max_length;
  // The reference takes the unknown token from the model's vocabulary alone, and fails when it first needs it.
  const auto unknown = vocabulary.ids.find(settings.unk);
  if (unknown == vocabulary.ids.end())
    fail(ErrorCode::corrupt_file, "{}: expected the unknown token \"{}\" in the vocabulary", files.folder.string(),
         excerpt(settings.unk));
  vocabulary.unk_id = unknown->second;
  return vocabulary;
}

}  // namespace veneer::tokenizers
