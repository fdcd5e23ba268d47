// The files of a T5 tokenizer, read into one description as T5Tokenizer.from_pretrained of transformers 5.23 does.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "tokenizers/clip_settings.h"
#include "tokenizers/clip_text.h"
#include "tokenizers/sentencepiece_model.h"
#include "tokenizers/t5_files.h"

namespace veneer::tokenizers {
namespace {

constexpr std::int64_t kExtraIds = 100;
constexpr std::int64_t kMostExtraIds = 10'000;
constexpr std::int32_t kModelMaxLength = 512;  // where no file names one: that of the published T5s

// The ids that T5Tokenizer gives these, whatever the file says.
constexpr std::pair<std::string_view, std::int32_t> kSpecial[] = {
    {"<pad>", kT5Pad}, {"</s>", kT5End}, {"<unk>", kT5Unknown}};

std::string extra_token(std::int64_t i) {
  return fmt::format("<extra_id_{}>", i);
}

const Json& member(const Json& json, const char* name, const std::string& where) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  if (found == json.end()) fail(ErrorCode::corrupt_file, "{}: expected \"{}\"", where, name);
  return *found;
}

std::vector<Unigram::Piece> read_vocab(const Json& vocab, const std::string& where) {
  if (!vocab.is_array() || vocab.empty())
    fail(ErrorCode::corrupt_file, "{}: expected a list of pieces, got {}", where, vocab.type_name());
  std::vector<Unigram::Piece> pieces;
  pieces.reserve(vocab.size());
  for (const Json& piece : vocab) {
    if (!piece.is_array() || piece.size() != 2 || !piece[0].is_string() || !piece[1].is_number())
      fail(ErrorCode::corrupt_file, "{}[{}]: expected a piece and its score, got {}", where, pieces.size(),
           piece.dump().substr(0, 60));
    pieces.push_back({piece[0].get<std::string>(), piece[1].get<double>()});
  }
  return pieces;
}

/// Its bytes, from base64.
std::string decode_base64(std::string_view text, const std::string& where) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text.substr(0, text.find('='))) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) fail(ErrorCode::corrupt_file, "{}: expected base64", where);
    bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xFFFFFF;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xFF);
  }
  return bytes;
}

/// The first Precompiled normaliser: T5Tokenizer takes no other part of the file's normaliser.
std::optional<PrecompiledCharsmap> read_charsmap(const Json& tokenizer, const std::string& where) {
  const auto normalizer = tokenizer.find("normalizer");
  if (normalizer == tokenizer.end() || normalizer->is_null()) return std::nullopt;
  const std::string here = where + ": normalizer";
  const bool sequence = normalizer->value("type", "") == "Sequence";
  const Json list = sequence ? member(*normalizer, "normalizers", here) : Json::array({*normalizer});
  for (const Json& one : list) {
    if (!one.is_object() || one.value("type", "") != "Precompiled") continue;
    const Json& blob = member(one, "precompiled_charsmap", here);
    if (!blob.is_string()) fail(ErrorCode::corrupt_file, "{}: precompiled_charsmap: expected base64", here);
    const std::string place = here + ": precompiled_charsmap";
    return PrecompiledCharsmap(decode_base64(blob.get_ref<const std::string&>(), place), place);
  }
  return std::nullopt;
}

void read_tokenizer_json(const std::string& text, const std::string& where, T5Vocabulary& vocabulary) {
  const Json tokenizer = parse_json(text, where);
  const Json& model = member(tokenizer, "model", where);
  if (!model.is_object() || model.value("type", "Unigram") != "Unigram")
    fail(ErrorCode::unsupported, "{}: model.type: expected \"Unigram\", got {}: not supported", where,
         model.is_object() ? model["type"].dump() : model.type_name());
  vocabulary.pieces = read_vocab(member(model, "vocab", where + ": model"), where + ": model.vocab");
  vocabulary.charsmap = read_charsmap(tokenizer, where);
  const auto added = tokenizer.find("added_tokens");
  if (!vocabulary.added.empty() || added == tokenizer.end()) return;  // tokenizer_config.json goes before
  if (!added->is_array()) fail(ErrorCode::corrupt_file, "{}: added_tokens: expected a list", where);
  for (const Json& token : *added) vocabulary.added.push_back({read_added_token(token, where + ": added_tokens"), 0});
}

void read_spiece(const std::string& bytes, const std::string& where, std::int64_t extra_ids, T5Vocabulary& vocabulary) {
  SentencePieceModel model = SentencePieceModel::parse(bytes, where);
  if (model.type != SentencePieceModel::ModelType::unigram)
    fail(ErrorCode::unsupported, "{}: model_type: expected a unigram model (1), got {}: not supported", where,
         static_cast<int>(model.type));
  for (SentencePieceModel::Piece& piece : model.pieces) {
    if (piece.type == SentencePieceModel::PieceType::control ||
        piece.type == SentencePieceModel::PieceType::user_defined)
      vocabulary.added.push_back({{.content = piece.text, .special = true}, 0});
    vocabulary.pieces.push_back({std::move(piece.text), static_cast<double>(piece.score)});
  }
  for (std::int64_t i = extra_ids; i-- > 0;) vocabulary.pieces.push_back({extra_token(i), 0.0});
  if (!model.precompiled_charsmap.empty())
    vocabulary.charsmap.emplace(model.precompiled_charsmap, where + ": precompiled_charsmap");
}

std::int64_t read_extra_ids(const Json& config, const std::string& where) {
  const auto found = config.find("extra_ids");
  if (found == config.end()) return kExtraIds;
  if (!found->is_number_integer() || *found < 0 || *found > kMostExtraIds)
    fail(ErrorCode::corrupt_file, "{}: extra_ids: expected an integer from 0 to {}, got {}", where, kMostExtraIds,
         found->dump());
  return found->get<std::int64_t>();
}

/// Settings whose other values T5Tokenizer knows and this one does not.
void refuse_other_settings(const Json& config, const std::string& where) {
  const auto expect = [&](const char* name, std::string_view expected) {
    const auto found = config.find(name);
    if (found == config.end() || found->is_null()) return;
    const Json& value = found->is_object() && found->contains("content") ? (*found)["content"] : *found;
    if (value != expected)
      fail(ErrorCode::unsupported, "{}: {}: expected \"{}\", got {}: not supported", where, name, expected,
           value.dump());
  };
  expect("pad_token", "<pad>");
  expect("eos_token", "</s>");
  expect("unk_token", "<unk>");
  expect("padding_side", "right");
  expect("truncation_side", "right");
}

/// Tokens of tokenizer_config.json, before those that T5Tokenizer adds by itself.
void read_declared(const Json& config, const std::string& where, std::vector<AddedTokens::Entry>& added) {
  const auto decoder = config.find("added_tokens_decoder");
  if (decoder == config.end()) return;
  const std::string here = where + ": added_tokens_decoder";
  if (!decoder->is_object())
    fail(ErrorCode::corrupt_file, "{}: expected an object, got {}", here, decoder->type_name());
  std::vector<std::pair<std::int64_t, AddedToken>> in_order;
  for (const auto& [name, value] : decoder->items()) {
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (error != std::errc() || end != name.data() + name.size())
      fail(ErrorCode::corrupt_file, "{}: expected an id, got \"{}\"", here, name);
    in_order.emplace_back(id, read_added_token(value, here));
  }
  std::ranges::sort(in_order, {}, [](const auto& entry) { return entry.first; });
  for (auto& [id, token] : in_order) added.push_back({std::move(token), 0});
}

/// Gives each token its id, the vocabulary's or the next after it, and leaves the first of equal ones.
void place_added(T5Vocabulary& vocabulary) {
  std::unordered_map<std::string_view, std::int32_t> ids;
  for (std::size_t i = 0; i < vocabulary.pieces.size(); ++i)
    ids[vocabulary.pieces[i].text] = static_cast<std::int32_t>(i);
  auto next_id = static_cast<std::int32_t>(vocabulary.pieces.size());
  std::vector<AddedTokens::Entry> placed;
  for (AddedTokens::Entry& entry : vocabulary.added) {
    const std::string& content = entry.token.content;
    const auto same = [&](const AddedTokens::Entry& other) { return other.token.content == content; };
    if (content.empty() || std::ranges::any_of(placed, same)) continue;
    const auto known = ids.find(content);
    entry.id = known != ids.end() ? known->second : next_id++;
    placed.push_back(std::move(entry));
  }
  vocabulary.added = std::move(placed);
}

void check_special(const T5Vocabulary& vocabulary, const std::string& where) {
  for (const auto& [text, id] : kSpecial) {
    const auto index = static_cast<std::size_t>(id);
    if (index >= vocabulary.pieces.size() || vocabulary.pieces[index].text != text)
      fail(ErrorCode::unsupported, "{}: expected \"{}\" as token {}, as T5 has it, got {}: not supported", where, text,
           id, index < vocabulary.pieces.size() ? "\"" + vocabulary.pieces[index].text + "\"" : "none");
  }
  for (const Unigram::Piece& piece : vocabulary.pieces)
    if (!std::isfinite(piece.score))
      fail(ErrorCode::corrupt_file, "{}: \"{}\": expected a finite score, got {}", where, piece.text, piece.score);
}

}  // namespace

T5Files T5Files::read(const std::filesystem::path& folder) {
  const auto bytes_of = [&](const char* name) {
    const auto path = folder / name;
    return std::filesystem::exists(path) ? std::optional(read_text_file(path)) : std::nullopt;
  };
  T5Files files{.folder = folder,
                .tokenizer = bytes_of("tokenizer.json"),
                .spiece = bytes_of("spiece.model"),
                .tokenizer_config = bytes_of("tokenizer_config.json")};
  if (!files.tokenizer && !files.spiece)
    fail(ErrorCode::not_found, "{}: expected tokenizer.json or spiece.model", folder.string());
  return files;
}

T5Vocabulary read_t5_vocabulary(const T5Files& files) {
  const auto place = [&](const char* file) { return (files.folder / file).string(); };
  const std::string config_file = place("tokenizer_config.json");
  const Json config = files.tokenizer_config ? parse_json(*files.tokenizer_config, config_file) : Json::object();
  if (!config.is_object())
    fail(ErrorCode::corrupt_file, "{}: expected an object, got {}", config_file, config.type_name());
  refuse_other_settings(config, config_file);
  const std::int64_t extra_ids = read_extra_ids(config, config_file);

  T5Vocabulary vocabulary;
  vocabulary.model_max_length = read_model_max_length(config, config_file, kModelMaxLength);
  read_declared(config, config_file, vocabulary.added);
  if (files.tokenizer)
    read_tokenizer_json(*files.tokenizer, place("tokenizer.json"), vocabulary);
  else
    read_spiece(files.spiece.value(), place("spiece.model"), extra_ids, vocabulary);
  check_special(vocabulary, place(files.tokenizer ? "tokenizer.json" : "spiece.model"));
  for (const std::string_view special : {"</s>", "<unk>", "<pad>"})
    vocabulary.added.push_back({{.content = std::string(special), .special = true}, 0});
  for (std::int64_t i = 0; i < extra_ids; ++i)
    vocabulary.added.push_back({{.content = extra_token(i), .special = true}, 0});
  place_added(vocabulary);
  return vocabulary;
}

}  // namespace veneer::tokenizers
