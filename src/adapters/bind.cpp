#include "adapters/bind.h"

#include <algorithm>
#include <map>
#include <optional>

#include "adapters/family.h"
#include "adapters/original_names.h"
#include "base/check.h"
#include "base/nearest.h"

namespace veneer::adapters {
namespace {

/// Whether "unet.down_blocks.0..." belongs to "unet".
bool belongs_to(std::string_view target, std::string_view component) {
  return target.starts_with(component) && target.substr(component.size()).starts_with('.');
}

/// A delta and the slot that it acts on.
struct Match {
  const LoraDelta* delta;
  const graph::Slot* slot;
};

const graph::Slot* find(std::string_view name, std::span<const graph::Slot> slots) {
  const auto found = std::ranges::lower_bound(slots, name, {}, &graph::Slot::name);
  return found != slots.end() && found->name == name ? &*found : nullptr;
}

[[noreturn]] void refuse_unknown(const Adapter& adapter, const std::string& target, const std::string& name,
                                 std::span<const graph::Slot> slots) {
  std::vector<std::string> names;
  for (const graph::Slot& slot : slots) names.push_back(slot.name);
  const auto nearest = nearest_names(name, names, 1);
  const std::string family = family_of(adapter);
  fail(ErrorCode::not_found, "{}: {}: the model has no such layer{}{}", adapter.path.string(), target,
       nearest.empty() ? "" : "; the nearest is " + nearest[0],
       family.empty() ? "" : fmt::format("; the file is for {}", family));
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

/// The component's part of an adapter, each delta with a slot of its own that it fits.
std::vector<Match> match(const Adapter& adapter, std::string_view component, std::span<const graph::Slot> slots) {
  std::vector<Match> matches;
  std::optional<OriginalNames> original;
  for (const LoraDelta& delta : adapter.deltas) {
    if (!belongs_to(delta.target, component)) continue;
    std::string name = delta.target;
    if (is_original(name)) {
      if (!original) original = original_names(slots);
      name = renamed(delta.target, *original).value_or(delta.target);
    }
    const graph::Slot* const slot = find(name, slots);
    if (!slot) refuse_unknown(adapter, delta.target, name, slots);
    check_shape(adapter, delta, *slot);
    matches.push_back({&delta, slot});
  }
  std::ranges::sort(matches, {}, [](const Match& m) -> const std::string& { return m.slot->name; });
  const auto twice = std::ranges::adjacent_find(matches, {}, &Match::slot);
  if (twice != matches.end())
    fail(ErrorCode::corrupt_file, "{}: {} and {} are one layer", adapter.path.string(), twice->delta->target,
         (twice + 1)->delta->target);
  return matches;
}

}  // namespace

void check_fits(const Adapter& adapter, std::string_view component, std::span<const graph::Slot> slots) {
  match(adapter, component, slots);
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
  std::map<std::string_view, std::pair<const graph::Slot*, runtime::SlotDelta>> by_slot;
  for (const auto& [adapter, weight] : adapters) {
    for (const auto& [delta, slot] : match(*adapter, component, slots)) {
      if (weight == 0) continue;
      auto& [known, sum] = by_slot[slot->name];
      known = slot;
      sum.terms.push_back({delta->down, delta->up, weight * delta->scale});
    }
  }
  std::vector<runtime::SlotDelta> deltas;
  for (auto& [name, slot_and_delta] : by_slot) {
    auto& [known, delta] = slot_and_delta;
    const graph::Slot& slot = *known;
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
