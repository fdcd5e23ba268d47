#include "runtime/binding.h"

#include <algorithm>
#include <set>

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
  std::set<SlotId> wanted;
  for (const SlotDelta& delta : deltas) {
    binding->add_factors(delta);
    if (delta.form == BindingForm::merged) wanted.insert(delta.slot);
  }
  for (const PackedWeight* base : weights.packed()) {
    const auto asks = [&](const SlotRows& rows) { return wanted.contains(rows.slot); };
    if (std::ranges::any_of(base->slots, asks)) {
      binding->merge(*base);
    } else {
      binding->branch_count_ += static_cast<int>(std::ranges::count_if(
          base->slots, [&](const SlotRows& rows) { return binding->branch(rows.slot) != nullptr; }));
    }
  }
  return binding;
}

void AdapterBinding::add_factors(const SlotDelta& delta) {
  auto factors = std::make_unique<SlotFactors>();
  LowRankShape shape{delta.terms[0].down.dim(1), delta.terms[0].up.dim(0), taps(delta.terms[0].down), 0};
  std::vector<std::vector<float>> plain;
  std::vector<LowRankSource> sources;
  for (const auto& term : delta.terms) {
    auto& down = plain.emplace_back(static_cast<std::size_t>(term.down.size()));
    widen(term.down, down.data());
    const float* down_data = down.data();
    auto& up = plain.emplace_back(static_cast<std::size_t>(term.up.size()));
    widen(term.up, up.data());
    sources.push_back({down_data, up.data(), term.down.dim(0), term.scale});
    shape.rank += term.down.dim(0);
  }
  factors->down = Buffer(static_cast<std::size_t>(packed_down_size(shape)) * sizeof(float));
  factors->up = Buffer(static_cast<std::size_t>(packed_up_size(shape)) * sizeof(float));
  pack_low_rank(shape, sources, factors->down.f32(), factors->up.f32());
  factors->packed = {shape, factors->down.f32(), factors->up.f32()};
  bytes_ += factors->down.size() + factors->up.size();

  const auto index = static_cast<std::size_t>(delta.slot);
  if (factors_.size() <= index) factors_.resize(index + 1);
  VENEER_CHECK(!factors_[index]);
  factors_[index] = std::move(factors);
}

std::size_t AdapterBinding::scratch_bytes(int threads) const {
  std::size_t bytes = 0;
  for (const auto& factors : factors_)
    if (factors) bytes = std::max(bytes, low_rank_scratch_bytes(factors->packed.shape, threads));
  return bytes;
}

void AdapterBinding::merge(const PackedWeight& base) {
  const auto layout = describe(base);
  if (!layout) return;  // its slots run as branches
  std::vector<MergePart> parts;
  for (const SlotRows& rows : base.slots)
    if (const LowRankFactors* factors = branch(rows.slot)) parts.push_back({*factors, rows.row_begin});

  auto merged = std::make_unique<MergedWeight>();
  merged->data = Buffer(base.data.size());
  merge_low_rank(*layout, base.data.f32(), parts, merged->data.f32());
  merged->memory = dnnl::memory(base.memory.get_desc(), cpu_engine(), merged->data.data());
  bytes_ += merged->data.size();
  ++merged_count_;

  const auto index = static_cast<std::size_t>(base.id);
  if (merged_.size() <= index) merged_.resize(index + 1);
  merged_[index] = std::move(merged);
}

}  // namespace veneer::runtime
