#include "runtime/binding.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/out_of_memory.h"
#include "runtime/kernels/convert.h"
#include "runtime/packed_weight.h"
#include "runtime/weighted.h"

namespace veneer::runtime {
namespace {

std::int64_t taps(const Tensor& down) {
  return down.size() / (down.dim(0) * down.dim(1));
}

}  // namespace

AdapterBinding::AdapterBinding() = default;
AdapterBinding::~AdapterBinding() = default;

const dnnl::memory* AdapterBinding::merged(PackedId weight) const {
  const auto index = static_cast<std::size_t>(weight);
  VENEER_CHECK(index < merged_.size());
  return merged_[index] ? &merged_[index] : nullptr;
}

const dnnl::memory* AdapterBinding::bias(PackedId weight) const {
  const auto index = static_cast<std::size_t>(weight);
  return index < biases_.size() && biases_[index] ? &biases_[index] : nullptr;
}

std::shared_ptr<const AdapterBinding> AdapterBinding::make(const WeightStore& weights,
                                                           std::span<const SlotDelta> deltas) {
  return or_out_of_memory("bind", [&] {
    auto binding = std::make_shared<AdapterBinding>();
    binding->fill(weights, deltas);
    return binding;
  });
}

void AdapterBinding::fill(const WeightStore& weights, std::span<const SlotDelta> deltas) {
  pack(deltas, weights.binding_memory());

  std::set<SlotId> wanted;
  for (const SlotDelta& delta : deltas)
    if (delta.form == BindingForm::merged || !delta.tiles.empty()) wanted.insert(delta.slot);
  const auto asks = [&](const SlotRows& rows) { return wanted.contains(rows.slot); };
  const auto adapted = [&](const SlotRows& rows) { return branch(rows.slot) != nullptr; };
  const auto has_tiles = [&](const PackedWeight& base) {
    return std::ranges::any_of(deltas, [&](const SlotDelta& delta) {
      return !delta.tiles.empty() && std::ranges::find(base.slots, delta.slot, &SlotRows::slot) != base.slots.end();
    });
  };

  std::vector<const PackedWeight*> bases;
  const auto packed = weights.packed();
  merged_.resize(packed.size());
  for (const PackedWeight* base : packed) {
    if (base->layout && std::ranges::any_of(base->slots, asks))
      bases.push_back(base);
    else if (has_tiles(*base))
      fail(ErrorCode::internal, "bind: a weight of {} x {} lies in a layout that cannot be merged", base->out,
           base->in);
    else
      branch_count_ += static_cast<int>(std::ranges::count_if(base->slots, adapted));
  }
  merge(bases, deltas, weights.binding_memory());
  add_biases(weights, deltas);
}

void AdapterBinding::pack(std::span<const SlotDelta> deltas, BufferPool& memory) {
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
  factor_data_ = memory.take(static_cast<std::size_t>(floats) * sizeof(float));

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

void AdapterBinding::merge(std::span<const PackedWeight* const> bases, std::span<const SlotDelta> deltas,
                           BufferPool& memory) {
  constexpr std::size_t kAlignment = 64;
  const auto aligned = [](std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; };
  std::size_t bytes = 0;
  for (const PackedWeight* base : bases) bytes += aligned(base->data.size());
  merged_data_ = memory.take(bytes);
  merged_count_ = static_cast<int>(bases.size());

  std::byte* next = merged_data_.data();
  for (const PackedWeight* base : bases) {
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
      merge_tiles(*base->layout, base->data.f32(), tile_parts, merged);
    else
      merge_low_rank(*base->layout, base->data.f32(), parts, merged);

    merged_[static_cast<std::size_t>(base->id)] =
        with_onednn("merged weights", [&] { return dnnl::memory(base->memory.get_desc(), cpu_engine(), data); });
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
