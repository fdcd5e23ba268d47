#include "adapters/cache.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "adapters/read_adapter.h"
#include "base/error.h"
#include "base/out_of_memory.h"

namespace veneer::adapters {
namespace {

/// Changes whenever the adapter's files may have.
std::string identity(const std::filesystem::path& path) {
  std::string result = "file";
  for (const auto& file : adapter_files(path)) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0)
      fail(ErrorCode::not_found, "{}: cannot open: {}", file.string(), std::strerror(errno));
    result += fmt::format(":{}:{}:{}:{}.{}", file.string(), status.st_ino, status.st_size, status.st_mtim.tv_sec,
                          status.st_mtim.tv_nsec);
  }
  return result;
}

}  // namespace

std::shared_ptr<const void> AdapterCache::find_or_make(const std::string& key, const std::function<Value()>& make,
                                                       const std::stop_token& stop) {
  return or_out_of_memory("adapters", [&] { return known_or_made(key, make, stop); });
}

std::shared_ptr<const void> AdapterCache::known_or_made(const std::string& key, const std::function<Value()>& make,
                                                        const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (const auto known = find(key)) {
      ++statistics_.hits;
      return known->pointer;
    }
    const auto other = being_made_.find(key);
    if (other == being_made_.end()) break;
    const std::shared_ptr<Making> making = other->second;
    if (!made_.wait(lock, stop, [&] { return making->done; }))
      fail(ErrorCode::cancelled, "stopped while it waited for an adapter that another request makes ready");
    if (!making->value) continue;  // it failed: our turn, or another's
    ++statistics_.hits;
    return making->value->pointer;
  }
  ++statistics_.misses;
  const auto making = std::make_shared<Making>();
  being_made_.emplace(key, making);
  lock.unlock();
  const auto finish = [&](std::optional<Value> value) {
    lock.lock();
    making->value = std::move(value);
    making->done = true;
    being_made_.erase(key);
    made_.notify_all();
  };
  Value value;
  try {
    value = make();
  } catch (...) {
    finish(std::nullopt);
    throw;
  }
  finish(value);
  keep(key, value);
  return value.pointer;
}

std::optional<AdapterCache::Value> AdapterCache::find(const std::string& key) {
  if (const auto kept = by_key_.find(key); kept != by_key_.end()) {
    entries_.splice(entries_.begin(), entries_, kept->second);
    return entries_.front().value;
  }
  const auto in_use = in_use_.find(key);
  if (in_use == in_use_.end()) return std::nullopt;
  Value value{in_use->second.pointer.lock(), in_use->second.bytes};
  if (!value.pointer) return std::nullopt;
  keep(key, value);
  return value;
}

/// All of it or, where it throws, nothing.
void AdapterCache::keep(const std::string& key, const Value& value) {
  std::erase_if(in_use_, [](const auto& one) { return one.second.pointer.expired(); });
  if (value.pointer) in_use_.insert_or_assign(key, InUse{value.pointer, value.bytes});
  if (value.bytes > byte_budget_) return;  // would drive out all others and then itself
  std::list<Entry> entry{{key, value}};
  by_key_.emplace(key, entry.begin());
  entries_.splice(entries_.begin(), entry);
  statistics_.bytes += value.bytes;
  while (statistics_.bytes > byte_budget_) {
    statistics_.bytes -= entries_.back().value.bytes;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

std::shared_ptr<const Adapter> AdapterCache::adapter(const std::filesystem::path& path) {
  const auto found = find_or_make(identity(path),
                                  [&] {
                                    auto adapter = read_adapter(path);
                                    const std::size_t bytes = adapter->bytes;
                                    return Value{std::move(adapter), bytes};
                                  },
                                  {});
  return std::static_pointer_cast<const Adapter>(found);
}

std::shared_ptr<const runtime::AdapterBinding> AdapterCache::binding(const std::string& key, const MakeBinding& make,
                                                                     const std::stop_token& stop) {
  const auto found = find_or_make(
      key,
      [&] {
        auto binding = make();
        const std::size_t bytes = binding ? binding->bytes() : 0;
        return Value{std::move(binding), bytes};
      },
      stop);
  return std::static_pointer_cast<const runtime::AdapterBinding>(found);
}

AdapterCache::Statistics AdapterCache::statistics() const {
  const std::lock_guard lock(mutex_);
  return statistics_;
}

}  // namespace veneer::adapters
