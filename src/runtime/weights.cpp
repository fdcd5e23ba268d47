#include "runtime/weights.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "runtime/kernels/convert.h"
#include "runtime/packed_weight.h"
#include "runtime/weighted.h"

namespace veneer::runtime {
namespace {

/// The parts' names and how they are used: with a pass on and off, one weight may be a convolution and a linear layer.
std::string key_of(std::span<const graph::SlotWeight> parts, const WeightedShape& shape) {
  std::string key = shape.image ? "convolution" : "linear";
  for (const auto& part : parts) key += '\n' + part.weight.name;
  return key;
}

/// oneDNN's layout of a packed weight in the words of our kernels. None for a layout that they cannot describe
/// (weights with spatial strides that do not follow each other, compensations...).
std::optional<PackedLayout> describe(const PackedWeight& weight, const dnnl_memory_desc_t& desc) {
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

}  // namespace

WeightStore::WeightStore() = default;
WeightStore::~WeightStore() = default;

const PackedWeight* WeightStore::find(std::span<const graph::SlotWeight> parts, const WeightedShape& shape) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key_of(parts, shape));
  if (found == by_key_.end()) return nullptr;
  VENEER_CHECK(found->second->out == shape.out && found->second->in == shape.in);
  return found->second;
}

const PackedWeight* WeightStore::pack(std::span<const graph::SlotWeight> parts, const WeightedShape& shape) {
  if (const PackedWeight* known = find(parts, shape)) return known;
  const dnnl::memory::desc layout = weight_layout(shape);
  const std::lock_guard lock(mutex_);
  std::string key = key_of(parts, shape);
  if (const auto found = by_key_.find(key); found != by_key_.end()) return found->second;  // by another thread
  PackedWeight packed;
  packed.id = static_cast<PackedId>(packed_.size());
  packed.out = shape.out;
  packed.in = shape.in;
  if (shape.image) {
    packed.kernel_height = shape.image->kernel_height;
    packed.kernel_width = shape.image->kernel_width;
  }
  packed.layout = describe(packed, layout.data);
  packed.data = Buffer(layout.get_size());
  packed.bias = Buffer(static_cast<std::size_t>(shape.out) * sizeof(float));

  Slots new_slots;
  packed.slots = rows_of(parts, new_slots);
  VENEER_CHECK_EQ(packed.slots.back().row_begin + packed.slots.back().rows, packed.out);
  const std::int64_t row_size = packed.in * packed.kernel_height * packed.kernel_width;
  const Buffer plain = binding_memory_->take(static_cast<std::size_t>(packed.out * row_size) * sizeof(float));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::int64_t row = packed.slots[i].row_begin;
    widen(parts[i].weight.tensor, plain.f32() + row * row_size);
    if (parts[i].bias) widen(parts[i].bias->tensor, packed.bias.f32() + row);
  }
  with_onednn(parts[0].weight.name, [&] {
    packed.memory = dnnl::memory(layout, cpu_engine(), packed.data.data());
    packed.bias_memory = dnnl::memory(bias_layout(shape), cpu_engine(), packed.bias.data());
    dnnl::memory from(plain_weights(shape), cpu_engine(), plain.data());
    dnnl::stream stream(cpu_engine());
    dnnl::reorder(from, packed.memory).execute(stream, from, packed.memory);
    stream.wait();
  });
  decltype(by_key_) new_key = {{std::move(key), nullptr}};
  // The last that can fail: the store holds all of a weight or nothing of it.
  packed_.push_back(std::make_unique<const PackedWeight>(std::move(packed)));
  const PackedWeight* const result = packed_.back().get();
  new_key.begin()->second = result;
  by_key_.merge(new_key);
  slots_.merge(new_slots);
  ++times_packed_;
  packed_bytes_ += result->data.size();
  return result;
}

void WeightStore::prepare_for_bindings() const noexcept {
  constexpr std::size_t kFew = 64u << 20, kShare = 8;
  const std::size_t bytes = packed_bytes_;
  binding_memory_->reserve(std::max(std::min(bytes, kFew), bytes / kShare));
}

std::vector<SlotRows> WeightStore::rows_of(std::span<const graph::SlotWeight> parts, Slots& new_slots) const {
  std::vector<SlotRows> result;
  std::int64_t row = 0;
  for (const auto& part : parts) {
    const auto known = slots_.find(part.slot);
    const auto next = static_cast<SlotId>(slots_.size() + new_slots.size());
    const SlotId slot = known != slots_.end() ? known->second : new_slots.try_emplace(part.slot, next).first->second;
    const std::int64_t rows = part.weight.tensor.dim(0);
    result.push_back({slot, row, rows});
    row += rows;
  }
  return result;
}

Tensor WeightStore::f32(const graph::Parameter& parameter) {
  const std::lock_guard lock(mutex_);
  Tensor& known = f32_[parameter.name];
  if (known.empty()) known = Tensor::from_f32(parameter.tensor.shape(), parameter.tensor.to_f32());
  return known;
}

std::optional<SlotId> WeightStore::find_slot(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(name);
  return found == slots_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<const PackedWeight*> WeightStore::packed() const {
  const std::lock_guard lock(mutex_);
  std::vector<const PackedWeight*> result;
  for (const auto& weight : packed_) result.push_back(weight.get());
  return result;
}

}  // namespace veneer::runtime
