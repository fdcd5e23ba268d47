#include "adapters/bind.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "base/nearest.h"

namespace veneer::adapters {
namespace {

/// Whether "unet.down_blocks.0..." belongs to "unet".
bool belongs_to(std::string_view target, std::string_view component) {
  return target.starts_with(component) && target.substr(component.size()).starts_with('.');
}

const graph::Slot& find_slot(const Adapter& adapter, const LoraDelta& delta, std::span<const graph::Slot> slots) {
  const auto found = std::ranges::lower_bound(slots, delta.target, {}, &graph::Slot::name);
  if (found != slots.end() && found->name == delta.target) return *found;
  std::vector<std::string> names;
  for (const graph::Slot& slot : slots) names.push_back(slot.name);
  const auto nearest = nearest_names(delta.target, names, 1);
  fail(ErrorCode::not_found, "{}: {}: the model has no such layer{}", adapter.path.string(), delta.target,
       nearest.empty() ? "" : "; the nearest is " + nearest[0]);
}

void check_shape(const Adapter& adapter, const LoraDelta& delta, const graph::Slot& slot) {
  const Shape &down = delta.down.shape(), &up = delta.up.shape();
  const bool pointwise = slot.kernel_height == 1 && slot.kernel_width == 1;
  const Shape kernel = {slot.kernel_height, slot.kernel_width};
  const bool down_kernel =
      down.size() == 2 ? pointwise : down.size() == 4 && Shape(down.begin() + 2, down.end()) == kernel;
  const std::string suffix = pointwise ? "" : fmt::format(",{},{}", slot.kernel_height, slot.kernel_width);
  if (!down_kernel || down[1] != slot.in)
    fail(ErrorCode::invalid_argument, "{}: {}: expected down [rank,{}{}], got {}", adapter.path.string(), delta.target,
         slot.in, suffix, delta.down.describe());
  if (up[0] != slot.out)
    fail(ErrorCode::invalid_argument, "{}: {}: expected up [{},rank], got {}", adapter.path.string(), delta.target,
         slot.out, delta.up.describe());
}

}  // namespace

void check_fits(const Adapter& adapter, std::string_view component, std::span<const graph::Slot> slots) {
  for (const LoraDelta& delta : adapter.deltas)
    if (belongs_to(delta.target, component)) check_shape(adapter, delta, find_slot(adapter, delta, slots));
}

runtime::BindingForm choose_form(const SlotWork& work) {
  constexpr double kBytesPerSecond = 20e9;  // reading and writing at once
  constexpr double kMergeFlops = 150e9, kBranchFlops = 100e9;
  const double merge = work.weights * 8 / kBytesPerSecond + work.weights * 2 * work.rank / kMergeFlops;
  const double branch = work.evaluations * work.rows *
                        (2 * work.rank * (work.in + work.out) / kBranchFlops + 8 * work.out / kBytesPerSecond);
  return merge < branch ? runtime::BindingForm::merged : runtime::BindingForm::branch;
}

std::shared_ptr<const runtime::AdapterBinding> bind(std::span<const WeightedAdapter> adapters,
                                                    std::string_view component, std::span<const graph::Slot> slots,
                                                    const runtime::WeightStore& weights, AdapterMode mode,
                                                    Workload workload) {
  std::map<std::string_view, runtime::SlotDelta> by_slot;
  for (const auto& [adapter, weight] : adapters) {
    check_fits(*adapter, component, slots);
    if (weight == 0) continue;
    for (const LoraDelta& delta : adapter->deltas)
      if (belongs_to(delta.target, component))
        by_slot[delta.target].terms.push_back({delta.down, delta.up, weight * delta.scale});
  }
  std::vector<runtime::SlotDelta> deltas;
  for (auto& [name, delta] : by_slot) {
    const graph::Slot& slot = *std::ranges::lower_bound(slots, name, {}, &graph::Slot::name);
    const auto id = weights.find_slot(name);
    if (!id) fail(ErrorCode::internal, "bind: {}: no plan has been compiled", name);
    delta.slot = *id;
    const double in = static_cast<double>(slot.in * slot.kernel_height * slot.kernel_width);
    const auto out = static_cast<double>(slot.out);
    // What comes before the first step is computed for all steps at once.
    const double evaluations = slot.stage == graph::Stage::step ? workload.evaluations : 1;
    double rank = 0;
    for (const auto& term : delta.terms) rank += static_cast<double>(term.down.dim(0));
    const SlotWork work{in * out, in, out, static_cast<double>(slot.rows), evaluations, rank};
    delta.form = mode == AdapterMode::merge    ? runtime::BindingForm::merged
                 : mode == AdapterMode::branch ? runtime::BindingForm::branch
                                               : choose_form(work);
    deltas.push_back(std::move(delta));
  }
  return deltas.empty() ? nullptr : runtime::AdapterBinding::make(weights, deltas);
}

}  // namespace veneer::adapters
