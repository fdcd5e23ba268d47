#include "runtime/weights.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "runtime/widen.h"

namespace veneer::runtime {
namespace {

std::string joined_names(const std::vector<graph::SlotWeight>& parts) {
  std::string names;
  for (const auto& part : parts) names += part.weight.name + '\n';
  return names;
}

}  // namespace

WeightStore::Chosen WeightStore::weighted(const std::vector<graph::SlotWeight>& parts, const WeightedShape& shape) {
  const std::lock_guard lock(mutex_);
  auto& candidates = by_name_[joined_names(parts)];
  for (const PackedWeight* candidate : candidates) {
    if (auto primitive = make_weighted(shape, candidate->memory.get_desc())) return {candidate, std::move(*primitive)};
  }
  auto primitive = make_weighted(shape, std::nullopt);
  if (!primitive) fail(ErrorCode::unsupported, "{}: oneDNN has no implementation for this shape", parts[0].weight.name);
  candidates.reserve(candidates.size() + 1);  // so that what is packed is found
  candidates.push_back(pack(parts, shape, primitive->weights, primitive->bias));
  return {candidates.back(), std::move(*primitive)};
}

const PackedWeight* WeightStore::pack(const std::vector<graph::SlotWeight>& parts, const WeightedShape& shape,
                                      const dnnl::memory::desc& layout, const dnnl::memory::desc& bias_layout) {
  PackedWeight packed;
  packed.id = static_cast<PackedId>(packed_.size());
  packed.out = shape.out;
  packed.in = shape.in;
  if (shape.image) {
    packed.kernel_height = shape.image->kernel_height;
    packed.kernel_width = shape.image->kernel_width;
  }
  packed.data = Buffer(layout.get_size());
  packed.bias = Buffer(static_cast<std::size_t>(shape.out) * sizeof(float));
  packed.memory = dnnl::memory(layout, cpu_engine(), packed.data.data());
  packed.bias_memory = dnnl::memory(bias_layout, cpu_engine(), packed.bias.data());

  Slots new_slots;
  packed.slots = rows_of(parts, new_slots);
  VENEER_CHECK_EQ(packed.slots.back().row_begin + packed.slots.back().rows, packed.out);
  const std::int64_t row_size = packed.in * packed.kernel_height * packed.kernel_width;
  Buffer plain(static_cast<std::size_t>(packed.out * row_size) * sizeof(float));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::int64_t row = packed.slots[i].row_begin;
    widen(parts[i].weight.tensor, plain.f32() + row * row_size);
    if (parts[i].bias) widen(parts[i].bias->tensor, packed.bias.f32() + row);
  }
  with_onednn(parts[0].weight.name, [&] {
    dnnl::memory from(plain_weights(shape), cpu_engine(), plain.data());
    dnnl::stream stream(cpu_engine());
    dnnl::reorder(from, packed.memory).execute(stream, from, packed.memory);
    stream.wait();
  });
  // The last that can fail: the store holds all of a weight or nothing of it.
  packed_.push_back(std::move(packed));
  slots_.merge(new_slots);
  ++times_packed_;
  packed_bytes_ += packed_.back().data.size();
  return &packed_.back();
}

std::vector<SlotRows> WeightStore::rows_of(const std::vector<graph::SlotWeight>& parts, Slots& new_slots) const {
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
  for (const PackedWeight& weight : packed_) result.push_back(&weight);
  return result;
}

}  // namespace veneer::runtime
