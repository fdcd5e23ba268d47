#include "tokenizers/clip_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string_view>

#include "base/error.h"

namespace veneer::tokenizers {
namespace {

constexpr std::string_view kStartOfText = "<|startoftext|>", kEndOfText = "<|endoftext|>";

// SPECIAL_TOKENS_ATTRIBUTES of transformers, in its order.
constexpr std::array kNamedTokens = {"bos_token", "eos_token", "unk_token", "sep_token",
                                     "pad_token", "cls_token", "mask_token"};

// A token as a configuration names it. A plain string never equals a token with flags, as in Python.
struct NamedToken {
  AddedToken token;
  bool plain = false;
  bool operator==(const NamedToken&) const = default;
};

std::string place(const ClipFiles& files, std::string_view file) {
  return (files.folder / file).string();
}

NamedToken read_named_token(const Json& json, const std::string& where) {
  if (json.is_string()) return {{.content = json.get<std::string>(), .special = true}, true};
  if (!json.is_object())
    fail(ErrorCode::corrupt_file, "{}: expected a string or a token, got {}", where, json.type_name());
  return {read_added_token(json, where), false};
}

Json parse_object(const ClipFiles& files, const std::optional<std::string>& text, std::string_view file) {
  if (!text) return Json::object();
  const std::string where = place(files, file);
  Json json = parse_json(*text, where);
  if (!json.is_object()) fail(ErrorCode::corrupt_file, "{}: expected an object, got {}", where, json.type_name());
  return json;
}

void require_supported(const Json& config, const std::string& where) {
  const auto refuse = [&](const std::string& name, std::string_view expected) {
    fail(ErrorCode::unsupported, "{}: {}: expected {}, got {}", where, name, expected, config[name].dump());
  };
  for (const auto& [name, value] : config.items()) {
    const bool named = std::find(kNamedTokens.begin(), kNamedTokens.end(), name) != kNamedTokens.end();
    if (!named && name.ends_with("_token") && (value.is_string() || value.is_object()))
      refuse(name, "no special token of this name");
    if ((name == "padding_side" || name == "truncation_side") && value != "right") refuse(name, "\"right\"");
    if ((name == "split_special_tokens" ||
         name == "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output") &&
        value != false)
      refuse(name, "false");
    if (name == "tokenizer_class" && value != "CLIPTokenizer" && value != "CLIPTokenizerFast")
      refuse(name, "\"CLIPTokenizer\"");
    if ((name == "extra_special_tokens" || name == "additional_special_tokens") && !value.is_null() &&
        !value.is_array() && !(value.is_object() && value.empty()))
      refuse(name, "a list");
  }
}

// special_tokens_map.json over tokenizer_config.json.
void overlay_special_tokens_map(const ClipFiles& files, Json& config) {
  const Json map = parse_object(files, files.special_tokens_map, "special_tokens_map.json");
  for (const auto& [name, value] : map.items()) {
    Json token = value;
    if (value.is_object() && value.contains("content")) {
      // The reference passes special=True beside the file's flags, so `normalized`, left out, is false.
      token["special"] = true;
    }
    if (name == "extra_special_tokens" && value.is_array() && config.contains(name) && config[name].is_array()) {
      for (const Json& extra : value) config[name].push_back(extra);
    } else {
      config[name] = std::move(token);
    }
  }
}

// Tokens by the id that the files give them.
using DeclaredTokens = std::map<std::int64_t, AddedToken>;

void read_added_tokens_decoder(const Json& decoder, const std::string& where, DeclaredTokens& declared) {
  for (const auto& [name, value] : decoder.items()) {
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (error != std::errc() || end != name.data() + name.size())
      fail(ErrorCode::corrupt_file, "{}: expected an id, got \"{}\"", where, name);
    declared[id] = read_added_token(value, where);
  }
}

bool names_token(const Json& config, const std::string& content) {
  return std::any_of(kNamedTokens.begin(), kNamedTokens.end(), [&](const char* name) {
    const auto token = config.find(name);
    return token != config.end() &&
           (*token == content || (token->is_object() && token->value("content", Json()) == content));
  });
}

// added_tokens.json: {content: id}.
void read_legacy_added_tokens(const Json& added, const Json& config, const std::string& where,
                              DeclaredTokens& declared) {
  for (const auto& [content, id] : added.items()) {
    if (!id.is_number_integer())
      fail(ErrorCode::corrupt_file, "{}: \"{}\": expected an id, got {}", where, content, id.dump());
    const bool special = names_token(config, content);
    declared[id.get<std::int64_t>()] = {.content = content, .normalized = !special, .special = special};
  }
}

void read_tokenizer_json_tokens(const Json& list, const std::string& where, DeclaredTokens& declared) {
  if (!list.is_array()) fail(ErrorCode::corrupt_file, "{}: expected a list, got {}", where, list.type_name());
  for (const Json& token : list) {
    const AddedToken read = read_added_token(token, where);
    const auto id = token.find("id");
    if (id == token.end() || !id->is_number_integer())
      fail(ErrorCode::corrupt_file, "{}: \"{}\": expected an id", where, read.content);
    declared[id->get<std::int64_t>()] = read;
  }
}

// Completes `config` by special_tokens_map.json where the reference does.
DeclaredTokens read_declared_tokens(const ClipFiles& files, const Json& tokenizer, Json& config) {
  DeclaredTokens declared;
  if (const auto decoder = config.find("added_tokens_decoder"); decoder != config.end() && decoder->is_object()) {
    read_added_tokens_decoder(*decoder, place(files, "tokenizer_config.json") + ": added_tokens_decoder", declared);
    return declared;
  }
  overlay_special_tokens_map(files, config);
  read_legacy_added_tokens(parse_object(files, files.added_tokens, "added_tokens.json"), config,
                           place(files, "added_tokens.json"), declared);
  if (tokenizer.is_object() && tokenizer.contains("added_tokens"))
    read_tokenizer_json_tokens(tokenizer["added_tokens"], place(files, "tokenizer.json") + ": added_tokens", declared);
  return declared;
}

// In the order of TokenizersBackend.__init__: declared tokens, then named and extra ones that are not among them.
std::vector<AddedToken> collect_added(const DeclaredTokens& declared, const std::vector<NamedToken>& others) {
  std::vector<AddedToken> added;
  for (const auto& [id, token] : declared) added.push_back(token);
  std::vector<NamedToken> seen;
  for (const NamedToken& other : others) {
    const bool is_declared = std::any_of(declared.begin(), declared.end(), [&](const auto& entry) {
      return entry.second.content == other.token.content;
    });
    if (is_declared || std::find(seen.begin(), seen.end(), other) != seen.end()) continue;
    seen.push_back(other);
    added.push_back(other.token);
  }
  std::erase_if(added, [](const AddedToken& token) { return token.content.empty(); });
  return added;
}

}  // namespace

std::int32_t read_model_max_length(const Json& config, const std::string& where, std::int32_t unlimited) {
  const char* name = config.contains("model_max_length") ? "model_max_length" : "max_len";
  const auto found = config.find(name);
  if (found == config.end() || found->is_null()) return unlimited;
  constexpr double kUnlimited = 1e20, kMost = 1 << 20;  // transformers writes 1e30 where it knows no length
  if (found->is_number() && found->get<double>() >= kUnlimited) return unlimited;
  if (!found->is_number_integer() || found->get<double>() < 2 || found->get<double>() > kMost)
    fail(ErrorCode::corrupt_file, "{}: {}: expected an integer from 2 to {}, got {}", where, name, kMost,
         found->dump());
  return found->get<std::int32_t>();
}

ClipSettings read_clip_settings(const ClipFiles& files, const Json& tokenizer) {
  const std::string where = place(files, "tokenizer_config.json");
  Json config = parse_object(files, files.tokenizer_config, "tokenizer_config.json");
  const auto declared = read_declared_tokens(files, tokenizer, config);
  require_supported(config, where);

  ClipSettings settings{.bos = std::string(kStartOfText),
                        .eos = std::string(kEndOfText),
                        .pad = std::string(kEndOfText),
                        .unk = std::string(kEndOfText),
                        .added = {},
                        .model_max_length = read_model_max_length(config, where, kClipModelMaxLength)};
  const std::map<std::string_view, std::string*> kept = {{"bos_token", &settings.bos},
                                                         {"eos_token", &settings.eos},
                                                         {"pad_token", &settings.pad},
                                                         {"unk_token", &settings.unk}};
  std::vector<NamedToken> others;
  for (const char* name : kNamedTokens) {
    const auto setting = kept.find(name);
    const auto found = config.find(name);
    if (found == config.end() || (found->is_null() && setting == kept.end())) {
      if (setting != kept.end()) others.push_back({{.content = *setting->second, .special = true}, true});
      continue;
    }
    others.push_back(read_named_token(*found, where + ": " + name));
    if (setting != kept.end()) *setting->second = others.back().token.content;
  }
  for (const char* name : {"extra_special_tokens", "additional_special_tokens"}) {
    const auto list = config.find(name);
    if (list == config.end() || !list->is_array() || list->empty()) continue;
    for (const Json& token : *list) others.push_back(read_named_token(token, where + ": " + name));
    break;
  }
  settings.added = collect_added(declared, others);
  return settings;
}

}  // namespace veneer::tokenizers
