#include "support/allocations.h"

#include <malloc.h>

#include <cstdlib>
#include <new>

namespace veneer::testing_support {

Allocations allocations;

namespace {

constexpr std::size_t kLarge = 1024;

void* allocate(std::size_t size) {
  if (allocations.left >= 0 && allocations.left-- == 0) throw std::bad_alloc();
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (!memory) throw std::bad_alloc();
  ++allocations.made;
  if (size >= kLarge) ++allocations.large;
  allocations.live_bytes += static_cast<std::int64_t>(::malloc_usable_size(memory));
  return memory;
}

void release(void* memory) {
  allocations.live_bytes -= static_cast<std::int64_t>(::malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace
}  // namespace veneer::testing_support

using veneer::testing_support::allocate;
using veneer::testing_support::release;

void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new[](std::size_t size) {
  return allocate(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void operator delete(void* memory) noexcept {
  release(memory);
}
void operator delete[](void* memory) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  release(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  release(memory);
}
