// The weights of one component (a denoiser, a text encoder, a VAE), packed for the processor, and the slots where
// adapters act on them.
//
// A weight is packed once, when the first plan that needs it is compiled, and never written again: in one layout, which
// plans of all sizes share, and with them the bindings made for it.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/ops.h"
#include "runtime/buffer.h"
#include "tensor/tensor.h"

namespace veneer::runtime {

using SlotId = std::int32_t;
using PackedId = std::int32_t;

struct PackedWeight;
struct SlotRows;
struct WeightedShape;

/// Thread-safe. Everything that it returns lives as long as it does.
class WeightStore {
 public:
  WeightStore();
  ~WeightStore();
  WeightStore(const WeightStore&) = delete;
  WeightStore& operator=(const WeightStore&) = delete;

  /// The weight that these parts were packed to; null if they were not yet.
  [[nodiscard]] const PackedWeight* find(std::span<const graph::SlotWeight> parts, const WeightedShape& shape) const;
  /// Packs them, unless somebody did. Runs on the calling thread's team. The weight is in the store afterwards, or the
  /// call throws and nothing of it is.
  const PackedWeight* pack(std::span<const graph::SlotWeight> parts, const WeightedShape& shape);

  /// A small parameter as f32; converted once.
  Tensor f32(const graph::Parameter& parameter);

  /// None if no plan compiled so far has such a slot.
  [[nodiscard]] std::optional<SlotId> find_slot(std::string_view name) const;
  /// In order of id; ids count from 0.
  [[nodiscard]] std::vector<const PackedWeight*> packed() const;

  /// What bindings lie in.
  [[nodiscard]] BufferPool& binding_memory() const { return *binding_memory_; }
  /// Has memory ready for a first binding: for an eighth of the weights, as an adapter of all attention layers of
  /// Stable Diffusion 1.5 needs, and for all of them where they are few. On the calling thread's team.
  void prepare_for_bindings() const noexcept;

  /// How many weights were packed, ever, and how many bytes they take.
  [[nodiscard]] std::int64_t times_packed() const { return times_packed_; }
  [[nodiscard]] std::size_t packed_bytes() const { return packed_bytes_; }

 private:
  using Slots = std::map<std::string, SlotId, std::less<>>;

  /// Where the rows of each part lie. Slots that are new are numbered in `new_slots`.
  std::vector<SlotRows> rows_of(std::span<const graph::SlotWeight> parts, Slots& new_slots) const;

  mutable std::mutex mutex_;
  Slots slots_;
  std::vector<std::unique_ptr<const PackedWeight>> packed_;
  std::map<std::string, const PackedWeight*, std::less<>> by_key_;
  std::map<std::string, Tensor> f32_;
  std::shared_ptr<BufferPool> binding_memory_ = BufferPool::make();
  std::atomic<std::int64_t> times_packed_ = 0;
  std::atomic<std::size_t> packed_bytes_ = 0;
};

}  // namespace veneer::runtime
