#include "runtime/buffer.h"

#include <sys/mman.h>

#include "base/error.h"

namespace veneer::runtime {
namespace {
constexpr std::size_t kPage = 4096, kHugePage = 2u << 20;
}

Buffer::Buffer(std::size_t bytes) : size_(bytes) {
  if (bytes == 0) return;
  const std::size_t mapped = (bytes + kPage - 1) / kPage * kPage;
  void* data = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) fail(ErrorCode::out_of_memory, "cannot allocate {} bytes", bytes);
  if (mapped >= kHugePage) ::madvise(data, mapped, MADV_HUGEPAGE);
  data_ = {static_cast<std::byte*>(data), Unmap{mapped}};
}

void Buffer::Unmap::operator()(std::byte* data) const noexcept {
  ::munmap(data, mapped);
}

}  // namespace veneer::runtime
