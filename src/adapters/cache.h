// Adapters and bindings that are kept, so that a swap back to them is a change of pointers.
//
// Thread-safe. The budget bounds what the cache itself keeps alive; whoever runs with a binding keeps it alive too, so
// eviction is safe at any time. The least recently used goes first. A binding that is being made by one thread is
// waited for by others that ask for the same.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "adapters/adapter.h"
#include "runtime/binding.h"

namespace veneer::adapters {

class AdapterCache {
 public:
  explicit AdapterCache(std::size_t byte_budget) : byte_budget_(byte_budget) {}

  /// The parsed file; read again only if its path, size, time of change or inode differs.
  std::shared_ptr<const Adapter> adapter(const std::filesystem::path& path);

  using MakeBinding = std::function<std::shared_ptr<const runtime::AdapterBinding>()>;
  /// The binding kept under `key`, or what `make` returns. What `make` throws reaches the caller and is not kept.
  /// `key` names the contents: component, adapters' hashes, weights, mode.
  std::shared_ptr<const runtime::AdapterBinding> binding(const std::string& key, const MakeBinding& make);

  struct Statistics {
    std::int64_t hits = 0, misses = 0;
    std::size_t bytes = 0;
  };
  [[nodiscard]] Statistics statistics() const;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const void> value;
    std::size_t bytes = 0;
  };
  template <class T>
  std::shared_ptr<const T> find_or_make(const std::string& key,
                                        const std::function<std::pair<std::shared_ptr<const T>, std::size_t>()>& make);
  void evict();

  const std::size_t byte_budget_;
  mutable std::mutex mutex_;
  std::condition_variable made_;
  std::list<Entry> entries_;  // most recently used first
  std::map<std::string, std::list<Entry>::iterator, std::less<>> by_key_;
  std::set<std::string, std::less<>> being_made_;
  Statistics statistics_;
};

}  // namespace veneer::adapters
