#include "runtime/binding.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "runtime/widen.h"

namespace veneer::runtime {
namespace {

/// oneDNN's layout of a packed weight in the words of the merge kernel. None for a layout that it cannot describe
/// (weights with spatial strides that do not follow each other, compensations...).
std::optional<PackedLayout> describe(const PackedWeight& weight) {
  const dnnl_memory_desc_t& desc = weight.memory.get_desc().data;
  if (desc.format_kind != dnnl_blocked || desc.offset0 != 0 || desc.extra.flags != 0) return std::nullopt;
  const dnnl_blocking_desc_t& blocking = desc.format_desc.blocking;
  const bool convolution = desc.ndims == 4;
  const int out = convolution ? 0 : 1, in = convolution ? 1 : 0;

  PackedLayout layout{};
  layout.out = weight.out;
  layout.in = weight.in;
  layout.spatial = weight.kernel_height * weight.kernel_width;
  layout.padded_out = desc.padded_dims[out];
  layout.padded_in = desc.padded_dims[in];
  layout.out_stride = blocking.strides[out];
  layout.in_stride = blocking.strides[in];
  if (convolution) {
    const bool has_rows = weight.kernel_height > 1, has_columns = weight.kernel_width > 1;
    if (has_rows && has_columns && blocking.strides[2] != blocking.strides[3] * weight.kernel_width)
      return std::nullopt;
    layout.spatial_stride = has_columns ? blocking.strides[3] : blocking.strides[2];
  }
  layout.block_count = blocking.inner_nblks;
  if (static_cast<std::size_t>(layout.block_count) > layout.blocks.size()) return std::nullopt;
  for (int i = 0; i < layout.block_count; ++i) {
    if (blocking.inner_idxs[i] != out && blocking.inner_idxs[i] != in) return std::nullopt;
    layout.blocks[static_cast<std::size_t>(i)] = {blocking.inner_blks[i],
                                                  blocking.inner_idxs[i] == out ? WeightDim::out : WeightDim::in};
  }
  return layout;
}

std::int64_t taps(const Tensor& down) {
  return down.size() / (down.dim(0) * down.dim(1));
}

}  // namespace

std::shared_ptr<const AdapterBinding> AdapterBinding::make(const WeightStore& weights,
                                                           std::span<const SlotDelta> deltas) {
  const auto binding = std::make_shared<AdapterBinding>();
  binding->pack(deltas);

  std::set<SlotId> wanted;
  for (const SlotDelta& delta : deltas)
    if (delta.form == BindingForm::merged || !delta.tiles.empty()) wanted.insert(delta.slot);
  const auto asks = [&](const SlotRows& rows) { return wanted.contains(rows.slot); };
  const auto adapted = [&](const SlotRows& rows) { return binding->branch(rows.slot) != nullptr; };
  const auto has_tiles = [&](const PackedWeight& base) {
    return std::ranges::any_of(deltas, [&](const SlotDelta& delta) {
      return !delta.tiles.empty() && std::ranges::find(base.slots, delta.slot, &SlotRows::slot) != base.slots.end();
    });
  };

  std::vector<Merge> merges;
  for (const PackedWeight* base : weights.packed()) {
    const auto layout = std::ranges::any_of(base->slots, asks) ? describe(*base) : std::nullopt;
    if (layout)
      merges.push_back({base, *layout});
    else if (has_tiles(*base))
      fail(ErrorCode::internal, "bind: a weight of {} x {} lies in a layout that cannot be merged", base->out,
           base->in);
    else
      binding->branch_count_ += static_cast<int>(std::ranges::count_if(base->slots, adapted));
  }
  binding->merge(merges, deltas);
  binding->add_biases(weights, deltas);
  return binding;
}

void AdapterBinding::pack(std::span<const SlotDelta> deltas) {
  std::vector<LowRankShape> shapes;
  std::int64_t floats = 0;  // panels of 16 floats: everything stays aligned to 64 bytes
  std::vector<const SlotDelta*> with_factors;
  for (const SlotDelta& delta : deltas) {
    merged_only_ = merged_only_ || !delta.tiles.empty() || !delta.bias.empty();
    if (!delta.tiles.empty()) needs_merge_.insert(delta.slot);
    if (delta.terms.empty()) continue;
    with_factors.push_back(&delta);
    const auto& first = delta.terms[0];
    LowRankShape& shape = shapes.emplace_back(first.down.dim(1), first.up.dim(0), taps(first.down), 0);
    for (const auto& term : delta.terms) shape.rank += term.down.dim(0);
    floats += packed_down_size(shape) + packed_up_size(shape);
  }
  factor_data_ = Buffer(static_cast<std::size_t>(floats) * sizeof(float));

  float* next = factor_data_.f32();
  for (std::size_t i = 0; i < with_factors.size(); ++i) {
    std::vector<std::vector<float>> plain;
    std::vector<LowRankSource> sources;
    for (const auto& term : with_factors[i]->terms) {
      auto& down = plain.emplace_back(static_cast<std::size_t>(term.down.size()));
      widen(term.down, down.data());
      const float* down_data = down.data();
      auto& up = plain.emplace_back(static_cast<std::size_t>(term.up.size()));
      widen(term.up, up.data());
      sources.push_back({down_data, up.data(), term.down.dim(0), term.scale});
    }
    float* const down = std::exchange(next, next + packed_down_size(shapes[i]));
    float* const up = std::exchange(next, next + packed_up_size(shapes[i]));
    pack_low_rank(shapes[i], sources, down, up);

    const auto index = static_cast<std::size_t>(with_factors[i]->slot);
    if (factors_.size() <= index) factors_.resize(index + 1);
    VENEER_CHECK(!factors_[index].down);
    factors_[index] = {shapes[i], down, up};
  }
}

std::size_t AdapterBinding::scratch_bytes(int threads) const {
  std::size_t bytes = 0;
  for (const LowRankFactors& factors : factors_)
    if (factors.down) bytes = std::max(bytes, low_rank_scratch_bytes(factors.shape, threads));
  return bytes;
}

void AdapterBinding::merge(std::span<const Merge> merges, std::span<const SlotDelta> deltas) {
  constexpr std::size_t kAlignment = 64;
  const auto aligned = [](std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; };
  std::size_t bytes = 0;
  for (const auto& [base, layout] : merges) bytes += aligned(base->data.size());
  merged_data_ = Buffer(bytes);
  merged_count_ = static_cast<int>(merges.size());

  std::byte* next = merged_data_.data();
  for (const auto& [base, layout] : merges) {
    std::byte* const data = std::exchange(next, next + aligned(base->data.size()));
    auto* const merged = reinterpret_cast<float*>(data);
    std::vector<MergePart> parts;
    std::vector<TilePart> tile_parts;
    bool tiles = false;
    for (const SlotRows& rows : base->slots) {
      const LowRankFactors* factors = branch(rows.slot);
      const auto delta = std::ranges::find(deltas, rows.slot, &SlotDelta::slot);
      if (delta == deltas.end()) continue;
      if (factors) parts.push_back({*factors, rows.row_begin});
      tile_parts.push_back({rows.row_begin, rows.rows, factors ? std::optional(*factors) : std::nullopt, delta->tiles});
      tiles = tiles || !delta->tiles.empty();
    }
    if (tiles)
      merge_tiles(layout, base->data.f32(), tile_parts, merged);
    else
      merge_low_rank(layout, base->data.f32(), parts, merged);

    const auto index = static_cast<std::size_t>(base->id);
    if (merged_.size() <= index) merged_.resize(index + 1);
    merged_[index] = dnnl::memory(base->memory.get_desc(), cpu_engine(), data);
  }
}

void AdapterBinding::add_biases(const WeightStore& weights, std::span<const SlotDelta> deltas) {
  struct Change {
    const PackedWeight* base;
    std::int64_t row_begin;
    std::span<const float> added;
  };
  std::vector<Change> changes;
  for (const PackedWeight* base : weights.packed())
    for (const SlotRows& rows : base->slots)
      for (const SlotDelta& delta : deltas)
        if (delta.slot == rows.slot && !delta.bias.empty()) changes.push_back({base, rows.row_begin, delta.bias});
  std::int64_t floats = 0;
  for (const Change& change : changes)
    floats += change.base->out;  // room for each change: parts of one share the first
  if (changes.empty()) return;
  bias_data_ = Buffer(static_cast<std::size_t>(floats) * sizeof(float));
  float* next = bias_data_.f32();
  for (const Change& change : changes) {
    const auto index = static_cast<std::size_t>(change.base->id);
    if (biases_.size() <= index) biases_.resize(index + 1);
    if (!biases_[index]) {
      std::copy_n(change.base->bias.f32(), change.base->out, next);
      biases_[index] = dnnl::memory(change.base->bias_memory.get_desc(), cpu_engine(), next);
      next += change.base->out;
    }
    float* const bias = static_cast<float*>(biases_[index].get_data_handle()) + change.row_begin;
    for (std::size_t i = 0; i < change.added.size(); ++i) bias[i] += change.added[i];
  }
}

}  // namespace veneer::runtime
