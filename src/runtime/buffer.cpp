#include "runtime/buffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"

namespace veneer::runtime {
namespace {

constexpr std::size_t kPage = 4096, kHugePage = 2u << 20;

std::size_t whole_pages(std::size_t bytes) {
  const std::size_t page = bytes >= kHugePage ? kHugePage : kPage;
  return (bytes + page - 1) / page * page;
}

/// Null if the system has no more.
std::byte* map(std::size_t bytes) noexcept {
  void* const data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) return nullptr;
  if (bytes >= kHugePage) ::madvise(data, bytes, MADV_HUGEPAGE);
  return static_cast<std::byte*>(data);
}

/// Touches every page, a huge page at a time, on all threads of the team.
void provide(std::byte* data, std::size_t bytes) noexcept {
  const auto chunks = static_cast<std::int64_t>((bytes + kHugePage - 1) / kHugePage);
  parallel_for(chunks, 1, [&](std::int64_t begin, std::int64_t end) {
    const std::size_t last = std::min(bytes, static_cast<std::size_t>(end) * kHugePage);
    for (std::size_t at = static_cast<std::size_t>(begin) * kHugePage; at < last; at += kPage)
      *static_cast<volatile std::byte*>(data + at) = std::byte{0};
  });
}

}  // namespace

Buffer::Buffer(std::size_t bytes) : size_(bytes) {
  if (bytes == 0) return;
  const std::size_t mapped = whole_pages(bytes);
  data_ = {map(mapped), Release{mapped}};
  if (!data_) fail(ErrorCode::out_of_memory, "cannot allocate {} bytes", bytes);
}

void Buffer::Release::operator()(std::byte* data) const noexcept {
  if (pool)
    pool->give_back({data, mapped});
  else
    ::munmap(data, mapped);
}

BufferPool::~BufferPool() {
  for (const Block& block : spare_)
    if (block.data) ::munmap(block.data, block.mapped);
}

Buffer BufferPool::take(std::size_t bytes) {
  if (bytes == 0) return {};
  const std::size_t needed = whole_pages(bytes);
  Block block;
  {
    const std::lock_guard lock(mutex_);
    most_ = std::max(most_, needed);
    Block* best = nullptr;  // the smallest that suffices
    for (Block& one : spare_)
      if (one.data && one.mapped >= needed && (!best || one.mapped < best->mapped)) best = &one;
    if (best && best->mapped == needed) block = std::exchange(*best, {});
    if (best && best->mapped > needed) {  // the rest stays
      block = {best->data, needed};
      *best = {best->data + needed, best->mapped - needed};
    }
  }
  if (!block.data) block = {map(needed), needed};
  if (!block.data) fail(ErrorCode::out_of_memory, "cannot allocate {} bytes", bytes);
  return {block.data, bytes, {needed, shared_from_this()}};
}

void BufferPool::reserve(std::size_t bytes) noexcept {
  if (bytes == 0) return;
  const Block block{map(whole_pages(bytes)), whole_pages(bytes)};
  if (!block.data) return;
  provide(block.data, block.mapped);
  {
    const std::lock_guard lock(mutex_);
    most_ = std::max(most_, block.mapped);
  }
  give_back(block);
}

std::size_t BufferPool::spare() const {
  const std::lock_guard lock(mutex_);
  std::size_t bytes = 0;
  for (const Block& block : spare_) bytes += block.mapped;
  return bytes;
}

void BufferPool::give_back(Block block) noexcept {
  const std::lock_guard lock(mutex_);
  std::size_t bytes = block.mapped;
  for (const Block& one : spare_) bytes += one.mapped;
  for (Block& one : spare_) {  // smaller ones make room
    if (bytes <= most_) break;
    if (!one.data || one.mapped > block.mapped) continue;
    bytes -= one.mapped;
    ::munmap(one.data, one.mapped);
    one = {};
  }
  const auto place = std::ranges::find(spare_, nullptr, &Block::data);
  if (bytes <= most_ && place != spare_.end())
    *place = block;
  else
    ::munmap(block.data, block.mapped);
}

}  // namespace veneer::runtime
