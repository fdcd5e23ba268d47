// What an adapter set is for one component: for each slot nothing, a merged weight, or a branch. Swapping adapters is
// running with another binding.
//
// A binding is complete and immutable once made, and shared: it lives as long as anybody refers to it. It refers to
// nothing of the adapter files it came from, and changes nothing of the base weights. It serves every plan over the
// WeightStore that it was made for.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "runtime/kernels/low_rank_merge.h"
#include "runtime/merge_tiles.h"
#include "runtime/weights.h"

namespace dnnl {
struct memory;
}

namespace veneer::runtime {

/// How a slot's delta is applied.
enum class BindingForm { merged, branch };

/// What an adapter set adds to one slot: the sum of scale * up * down over its adapters.
struct SlotDelta {
  struct Term {
    Tensor down;      ///< [rank, in] or [rank, in, kernel_height, kernel_width], of any floating type
    Tensor up;        ///< [out, rank] or [out, rank, 1, 1]
    float scale = 1;  ///< alpha / rank times the user's weight
  };
  SlotId slot = 0;
  std::vector<Term> terms;
  std::vector<TileTerm> tiles{};  ///< deltas without factors: the slot is merged whatever its form
  std::vector<float> bias{};      ///< [out], added to the layer's bias; empty: nothing
  BindingForm form = BindingForm::merged;
};

class AdapterBinding {
 public:
  AdapterBinding();
  ~AdapterBinding();
  AdapterBinding(const AdapterBinding&) = delete;
  AdapterBinding& operator=(const AdapterBinding&) = delete;

  /// Packs factors and merges weights; the deltas' slots are distinct and their shapes fit. A weight that several slots
  /// share (fused q, k, v) is merged for all of them if one asks for it. Runs on the calling thread's team.
  static std::shared_ptr<const AdapterBinding> make(const WeightStore& weights, std::span<const SlotDelta> deltas);

  /// W' = W + sum of scaled up * down, in the layout of its packed base weight. Null where the weight is not merged:
  /// then the base is used, with the branches of its slots. Throws Error internal for a weight that was packed after
  /// the binding was made.
  [[nodiscard]] const dnnl::memory* merged(PackedId weight) const;
  /// The bias of the layer with its changes; null where the base's is used.
  [[nodiscard]] const dnnl::memory* bias(PackedId weight) const;
  /// Whether some slot changes in a way that has no branch form. Samples that differ cannot run with it.
  [[nodiscard]] bool merged_only() const { return merged_only_; }
  /// Whether the slot's weight cannot do without its merged copy.
  [[nodiscard]] bool needs_merge(SlotId slot) const { return needs_merge_.contains(slot); }
  /// The slot's factors, packed for the kernels; an adapter set's terms stand side by side along the rank. Null where
  /// the slot is not adapted.
  [[nodiscard]] const LowRankFactors* branch(SlotId slot) const {
    const auto index = static_cast<std::size_t>(slot);
    return index < factors_.size() && factors_[index].down ? &factors_[index] : nullptr;
  }

  [[nodiscard]] std::size_t bytes() const { return factor_data_.size() + merged_data_.size() + bias_data_.size(); }
  /// Scratch that its branches need on so many threads.
  [[nodiscard]] std::size_t scratch_bytes(int threads) const;
  /// Weights that are merged, and slots that run as branches when the whole batch has this binding.
  [[nodiscard]] int merged_count() const { return merged_count_; }
  [[nodiscard]] int branch_count() const { return branch_count_; }

 private:
  void fill(const WeightStore& weights, std::span<const SlotDelta> deltas);
  void pack(std::span<const SlotDelta> deltas, BufferPool& memory);
  void merge(std::span<const PackedWeight* const> bases, std::span<const SlotDelta> deltas, BufferPool& memory);
  void add_biases(const WeightStore& weights, std::span<const SlotDelta> deltas);

  // A buffer for each kind: memory by the megabyte comes on huge pages, which the system clears in a third of the time.
  Buffer factor_data_, merged_data_;
  std::vector<LowRankFactors> factors_;  // by SlotId; null where there are none
  std::vector<dnnl::memory> merged_;     // by PackedId of all there were; empty where not merged
  std::vector<dnnl::memory> biases_;     // by PackedId; empty where there is none
  Buffer bias_data_;
  std::set<SlotId> needs_merge_;
  bool merged_only_ = false;
  int merged_count_ = 0, branch_count_ = 0;
};

/// The bindings of a run: none (base weights), one for the whole batch, or one a sample (null for base weights). Does
/// not own them. Samples that differ run in the branch form, whatever form their bindings have; none of them may be
/// merged_only().
using BatchBinding = std::span<const AdapterBinding* const>;

}  // namespace veneer::runtime
