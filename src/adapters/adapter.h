// An adapter as data: what a LoRA file says, under canonical names, whatever dialect the file was written in.
//
// Immutable once read, and shared as shared_ptr<const Adapter>: any number of threads, bindings and caches may hold it.
// The tensors keep the file's bytes alive; the file itself may be overwritten or deleted meanwhile.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/delta.h"

namespace veneer::adapters {

/// 128 bits of XXH3 over the bytes of the file (and of adapter_config.json where there is one): equal for equal content
/// wherever it lies, so that bindings can be cached by it.
struct ContentHash {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const ContentHash&) const = default;
};

/// 32 hexadecimal digits.
std::string to_string(const ContentHash& hash);

struct Adapter {
  std::string name;           ///< the file's name without its extension
  std::vector<Delta> deltas;  ///< sorted by target, one each
  std::string dialect;        ///< "peft", "diffusers", "diffusers-old", "kohya", "original" block names; joined by "+"
  ContentHash content_hash;
  std::size_t bytes = 0;  ///< that it keeps in memory
  std::filesystem::path path;
  std::map<std::string, std::string> metadata;  ///< the file's header, as it stands there
  /// SHA-256 of what follows the file's header, computed by whoever first asks (short_hash()); invalid for an adapter
  /// of several files.
  std::shared_future<std::string> sha256;
  std::vector<std::string> warnings;  ///< what stands in or beside the file and does not count
};

}  // namespace veneer::adapters
