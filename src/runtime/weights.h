// The weights of one component (a denoiser, a text encoder, a VAE), packed for the processor, and the slots where
// adapters act on them.
//
// A weight is packed once, when the first plan that needs it is compiled, and never written again. Plans of all sizes
// share the packed copies: a later plan first tries the layouts that are there. Slots are shared too, so a binding made
// for one plan serves all plans of the component.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/ops.h"
#include "runtime/buffer.h"
#include "runtime/weighted.h"

namespace veneer::runtime {

using SlotId = std::int32_t;
using PackedId = std::int32_t;

/// Rows [row_begin, row_begin + rows) of a packed weight are a slot's.
struct SlotRows {
  SlotId slot = 0;
  std::int64_t row_begin = 0, rows = 0;
};

/// Immutable once made.
struct PackedWeight {
  PackedId id = 0;
  std::int64_t out = 0, in = 0, kernel_height = 1, kernel_width = 1;
  Buffer data;
  Buffer bias;                       ///< [out], zeros where the layer has none
  dnnl::memory memory, bias_memory;  ///< over `data`, in the layout that the primitives expect, and over `bias`
  std::vector<SlotRows> slots;       ///< one a part, in the order of rows
};

/// Thread-safe. Everything that it returns lives as long as it does.
class WeightStore {
 public:
  struct Chosen {
    const PackedWeight* weight;
    WeightedPrimitive primitive;
  };

  /// A primitive for these parts over packed weights; packs them if no layout that is there fits.
  Chosen weighted(const std::vector<graph::SlotWeight>& parts, const WeightedShape& shape);

  /// A small parameter as f32; converted once.
  Tensor f32(const graph::Parameter& parameter);

  /// None if no plan compiled so far has such a slot.
  [[nodiscard]] std::optional<SlotId> find_slot(std::string_view name) const;
  /// In order of id; ids count from 0.
  [[nodiscard]] std::vector<const PackedWeight*> packed() const;

  /// How many weights were packed, ever, and how many bytes they take.
  [[nodiscard]] std::int64_t times_packed() const { return times_packed_; }
  [[nodiscard]] std::size_t packed_bytes() const { return packed_bytes_; }

 private:
  using Slots = std::map<std::string, SlotId, std::less<>>;

  /// The weight is in the store, or the call throws and nothing of it is.
  const PackedWeight* pack(const std::vector<graph::SlotWeight>& parts, const WeightedShape& shape,
                           const dnnl::memory::desc& layout, const dnnl::memory::desc& bias_layout);
  /// Where the rows of each part lie. Slots that are new are numbered in `new_slots`.
  std::vector<SlotRows> rows_of(const std::vector<graph::SlotWeight>& parts, Slots& new_slots) const;

  mutable std::mutex mutex_;
  Slots slots_;
  std::deque<PackedWeight> packed_;
  std::map<std::string, std::vector<const PackedWeight*>> by_name_;
  std::map<std::string, Tensor> f32_;
  std::atomic<std::int64_t> times_packed_ = 0;
  std::atomic<std::size_t> packed_bytes_ = 0;
};

}  // namespace veneer::runtime
