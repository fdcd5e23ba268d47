#include "adapters/cache.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "adapters/read_adapter.h"
#include "base/error.h"

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

template <class T>
std::shared_ptr<const T> AdapterCache::find_or_make(
    const std::string& key, const std::function<std::pair<std::shared_ptr<const T>, std::size_t>()>& make) {
  std::unique_lock lock(mutex_);
  made_.wait(lock, [&] { return !being_made_.contains(key); });
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    ++statistics_.hits;
    entries_.splice(entries_.begin(), entries_, found->second);
    return std::static_pointer_cast<const T>(entries_.front().value);
  }
  ++statistics_.misses;
  being_made_.insert(key);
  lock.unlock();
  const auto finish = [&] {
    lock.lock();
    being_made_.erase(key);
    made_.notify_all();
  };
  try {
    auto [value, bytes] = make();
    finish();
    if (bytes > byte_budget_) return value;  // would drive out all others and then itself
    entries_.push_front({key, value, bytes});
    by_key_[key] = entries_.begin();
    statistics_.bytes += bytes;
    evict();
    return value;
  } catch (...) {
    if (!lock.owns_lock()) finish();
    throw;
  }
}

void AdapterCache::evict() {
  while (statistics_.bytes > byte_budget_ && !entries_.empty()) {
    statistics_.bytes -= entries_.back().bytes;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

std::shared_ptr<const Adapter> AdapterCache::adapter(const std::filesystem::path& path) {
  return find_or_make<Adapter>(identity(path), [&] {
    auto adapter = read_adapter(path);
    const std::size_t bytes = adapter->bytes;
    return std::pair(std::move(adapter), bytes);
  });
}

std::shared_ptr<const runtime::AdapterBinding> AdapterCache::binding(const std::string& key, const MakeBinding& make) {
  return find_or_make<runtime::AdapterBinding>(key, [&] {
    auto binding = make();
    const std::size_t bytes = binding ? binding->bytes() : 0;
    return std::pair(std::move(binding), bytes);
  });
}

AdapterCache::Statistics AdapterCache::statistics() const {
  const std::lock_guard lock(mutex_);
  return statistics_;
}

}  // namespace veneer::adapters
