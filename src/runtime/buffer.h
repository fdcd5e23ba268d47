// Memory for activations and packed weights.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace veneer::runtime {

/// Zeroed bytes, aligned to a cache line; large ones lie on huge pages where the system has them. Move-only.
class Buffer {
 public:
  Buffer() = default;
  /// Throws Error out_of_memory.
  explicit Buffer(std::size_t bytes);

  [[nodiscard]] std::byte* data() const { return data_.get(); }
  [[nodiscard]] float* f32() const { return reinterpret_cast<float*>(data_.get()); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Unmap {
    std::size_t mapped;
    void operator()(std::byte* data) const noexcept;
  };
  std::unique_ptr<std::byte[], Unmap> data_{nullptr, Unmap{0}};
  std::size_t size_ = 0;
};

}  // namespace veneer::runtime
