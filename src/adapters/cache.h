// Adapters and bindings that are kept, so that a swap back to them is a change of pointers.
//
// Thread-safe. The budget bounds what the cache itself keeps alive; whoever runs with a binding keeps it alive too, so
// eviction is safe at any time. The least recently used goes first. There is one copy of a thing however many use it:
// what is evicted and still in use is found again, and what is being made by one thread is waited for by others that
// ask for the same and is given to all of them, whether the cache keeps it or not.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
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
  /// The binding known under `key`, or what `make` returns. What `make` throws reaches the caller and is not kept;
  /// whoever waited makes it anew. `key` names the contents: component, adapters' hashes, weights, mode. Throws Error
  /// cancelled if a stop is requested while another thread makes it.
  std::shared_ptr<const runtime::AdapterBinding> binding(const std::string& key, const MakeBinding& make,
                                                         const std::stop_token& stop = {});

  struct Statistics {
    std::int64_t hits = 0, misses = 0;
    std::size_t bytes = 0;
  };
  [[nodiscard]] Statistics statistics() const;

 private:
  struct Value {  // of type Adapter or AdapterBinding, as its key says
    std::shared_ptr<const void> pointer;
    std::size_t bytes = 0;
  };
  struct Entry {
    std::string key;
    Value value;
  };
  struct Making {
    bool done = false;
    std::optional<Value> value;  // none once done: it failed
  };
  struct InUse {
    std::weak_ptr<const void> pointer;
    std::size_t bytes = 0;
  };
  std::shared_ptr<const void> find_or_make(const std::string& key, const std::function<Value()>& make,
                                           const std::stop_token& stop);
  std::shared_ptr<const void> known_or_made(const std::string& key, const std::function<Value()>& make,
                                            const std::stop_token& stop);
  // Under mutex_:
  std::optional<Value> find(const std::string& key);
  void keep(const std::string& key, const Value& value);

  const std::size_t byte_budget_;
  mutable std::mutex mutex_;
  std::condition_variable_any made_;
  std::list<Entry> entries_;  // most recently used first
  std::map<std::string, std::list<Entry>::iterator, std::less<>> by_key_;
  std::map<std::string, InUse, std::less<>> in_use_;  // whatever was made and may still be alive
  std::map<std::string, std::shared_ptr<Making>, std::less<>> being_made_;
  Statistics statistics_;
};

}  // namespace veneer::adapters
