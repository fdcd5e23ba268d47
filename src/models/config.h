// Reads a model's config.json by a table with one row a field, so that nothing in the file that could change the result
// goes unread: a field without a row, and a value that is not implemented, are refused by name.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "graph/ops.h"

namespace veneer::models {

/// Stores a value, or throws Error: invalid_argument for a malformed one, unsupported for one that is not implemented.
/// `path` opens the message: "unet/config.json: class_embed_type".
using FieldReader = std::function<void(const Json& value, const std::string& path)>;

struct Field {
  std::string_view name;
  Json fallback;  ///< what the reference takes where the file has no such field
  FieldReader read;
};

/// Reads the fields of the table, in its order. `ignored` are fields without effect on inference; names that open with
/// "_" always are. `where` names the file, `model` the class in messages.
void read_fields(const Json& json, std::string_view where, std::string_view model, const std::vector<Field>& fields,
                 const std::vector<std::string_view>& ignored);

/// Fields that every configuration of transformers carries and that change no encoder's output: training, text
/// generation, tokenization, bookkeeping.
const std::vector<std::string_view>& transformers_fields();

// Values. Counts and sizes are positive; each throws as FieldReader does.
void read_value(const Json& value, const std::string& path, std::int64_t& target);
void read_value(const Json& value, const std::string& path, double& target);
void read_value(const Json& value, const std::string& path, bool& target);
void read_value(const Json& value, const std::string& path, Json& target);

/// silu (swish), gelu, quick_gelu, gelu_pytorch_tanh; case does not matter.
void read_value(const Json& value, const std::string& path, graph::Activation& target);

/// null is nothing.
template <class T>
void read_value(const Json& value, const std::string& path, std::optional<T>& target) {
  if (value.is_null()) {
    target.reset();
  } else {
    read_value(value, path, target.emplace());
  }
}

/// Blocks of a model, or layers of a block. No model has as many; 2^kLongestList is far from overflow.
inline constexpr std::size_t kLongestList = 16;

/// A list with one value a block or layer.
template <class T>
void read_value(const Json& value, const std::string& path, std::vector<T>& target) {
  if (!value.is_array() || value.empty() || value.size() > kLongestList)
    fail(ErrorCode::invalid_argument, "{}: expected a list of 1 to {}, got {}", path, kLongestList, value.dump());
  target.clear();
  for (const Json& element : value) {
    T item{};
    read_value(element, path, item);
    target.push_back(item);
  }
}

/// The value goes to `target`, which outlives the reading.
template <class T>
FieldReader into(T& target) {
  return [&target](const Json& value, const std::string& path) { read_value(value, path, target); };
}

/// One value for all blocks, or a list with one a block. `blocks` is a field that stands earlier in the table.
template <class T, class U>
FieldReader per_block(std::vector<T>& target, const std::vector<U>& blocks) {
  return [&target, &blocks](const Json& value, const std::string& path) {
    if (value.is_array()) {
      read_value(value, path, target);
    } else {
      T item{};
      read_value(value, path, item);
      target.assign(blocks.size(), item);
    }
    if (target.size() != blocks.size())
      fail(ErrorCode::invalid_argument, "{}: expected a list of {} (one a block), got {}", path, blocks.size(),
           value.dump());
  };
}

/// Only this value is implemented.
FieldReader only(Json implemented);

template <class T>
using Names = std::vector<std::pair<Json, T>>;

/// Values that stand for themselves, say block types: {{"DownBlock2D", Block::resnet}, ...}.
template <class T>
void read_name(const Json& value, const std::string& path, const Names<T>& names, T& target) {
  std::string known;
  for (const auto& [name, meaning] : names) {
    if (name == value) {
      target = meaning;
      return;
    }
    known += (known.empty() ? "" : " or ") + name.dump();
  }
  fail(ErrorCode::unsupported, "{}: expected {}, got {}: not supported", path, known, value.dump());
}

template <class T>
FieldReader named(T& target, Names<T> names) {
  return [&target, names = std::move(names)](const Json& value, const std::string& path) {
    read_name(value, path, names, target);
  };
}

/// A list with one name a block.
template <class T, class U>
FieldReader named_per_block(std::vector<T>& target, Names<T> names, const std::vector<U>& blocks) {
  return [&target, &blocks, names = std::move(names)](const Json& value, const std::string& path) {
    if (!value.is_array() || value.size() != blocks.size())
      fail(ErrorCode::invalid_argument, "{}: expected a list of {} (one a block), got {}", path, blocks.size(),
           value.dump());
    target.clear();
    for (const Json& element : value) read_name(element, path, names, target.emplace_back());
  };
}

}  // namespace veneer::models
