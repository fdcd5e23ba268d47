// Memory for activations and packed weights.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>

namespace veneer::runtime {

class BufferPool;

/// Bytes, aligned to a cache line; large ones lie on huge pages where the system has them. Move-only.
class Buffer {
 public:
  Buffer() = default;
  /// Zeroed. Throws Error out_of_memory.
  explicit Buffer(std::size_t bytes);

  [[nodiscard]] std::byte* data() const { return data_.get(); }
  [[nodiscard]] float* f32() const { return reinterpret_cast<float*>(data_.get()); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  friend class BufferPool;
  struct Release {
    std::size_t mapped = 0;
    std::shared_ptr<BufferPool> pool{};  // null: back to the system
    void operator()(std::byte* data) const noexcept;
  };
  Buffer(std::byte* data, std::size_t size, Release release) : data_(data, std::move(release)), size_(size) {}

  std::unique_ptr<std::byte[], Release> data_{nullptr, Release{}};
  std::size_t size_ = 0;
};

/// Memory that one binding leaves to the next: pages that the system has provided already, which takes longer than to
/// fill them. It keeps as much as the largest buffer that was taken or reserved. Thread-safe; lives as long as a buffer
/// of it.
class BufferPool : public std::enable_shared_from_this<BufferPool> {
 public:
  static std::shared_ptr<BufferPool> make() { return std::shared_ptr<BufferPool>(new BufferPool); }
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  /// Holds whatever was in it. Throws Error out_of_memory.
  Buffer take(std::size_t bytes);

  /// Has memory for one buffer ready, with its pages: provided by the calling thread's team. Does nothing where it
  /// fails.
  void reserve(std::size_t bytes) noexcept;

  /// Bytes that nobody uses.
  [[nodiscard]] std::size_t spare() const;

 private:
  struct Block {
    std::byte* data = nullptr;
    std::size_t mapped = 0;
  };
  BufferPool() = default;
  friend struct Buffer::Release;
  void give_back(Block block) noexcept;

  mutable std::mutex mutex_;
  std::array<Block, 16> spare_{};
  std::size_t most_ = 0;
};

}  // namespace veneer::runtime
