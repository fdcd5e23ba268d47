#include "adapters/bind.h"

#include <algorithm>
#include <map>
#include <optional>

#include "adapters/algorithms/algorithm.h"
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
  const Delta* delta;
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

std::string taps_suffix(const graph::Slot& slot) {
  const bool pointwise = slot.kernel_height == 1 && slot.kernel_width == 1;
  return pointwise ? "" : fmt::format(",{},{}", slot.kernel_height, slot.kernel_width);
}

/// One overload a form; `fits` is whether a tensor is what the slot needs.
struct ShapeCheck {
  const Adapter& adapter;
  const Delta& delta;
  const graph::Slot& slot;

  void require(bool fits, std::string_view what, const std::string& expected, const Tensor& got) const {
    if (!fits)
      fail(ErrorCode::invalid_argument, "{}: {}: expected {} {}, got {}", adapter.path.string(), delta.target, what,
           expected, got.describe());
  }
  /// [rows, columns] or [rows, in, kernel]; [rows, in] alone is for a pointwise layer.
  [[nodiscard]] bool has_columns(const Tensor& tensor) const {
    const Shape& shape = tensor.shape();
    const std::int64_t taps = slot.kernel_height * slot.kernel_width;
    if (shape.size() == 4)
      return Shape(shape.begin() + 1, shape.end()) == Shape{slot.in, slot.kernel_height, slot.kernel_width};
    return shape.size() == 2 && shape[1] == slot.in * taps;
  }
  void operator()(const LowRank& low) const {
    const bool pointwise = taps_suffix(slot).empty();
    require(has_columns(low.down) && (pointwise || low.down.shape().size() == 4), "down",
            fmt::format("[rank,{}{}]", slot.in, taps_suffix(slot)), low.down);
    require(low.up.dim(0) == slot.out, "up", fmt::format("[{},rank]", slot.out), low.up);
  }
  void operator()(const Hadamard& product) const {
    for (const LowRank* low : {&product.first, &product.second}) {
      require(has_columns(low->down), "hada_w_b", fmt::format("[rank,{}{}]", slot.in, taps_suffix(slot)), low->down);
      require(low->up.dim(0) == slot.out, "hada_w_a", fmt::format("[{},rank]", slot.out), low->up);
    }
  }
  void operator()(const Kronecker& product) const {
    const MatrixShape shape = matrix_shape(product);
    const std::int64_t taps = slot.kernel_height * slot.kernel_width;
    const bool fits = shape.out == slot.out && shape.columns == slot.in * taps && product.right.dim(1) % taps == 0;
    if (!fits)
      fail(ErrorCode::invalid_argument, "{}: {}: expected lokr_w1 x lokr_w2 of [{},{}{}], got {} x {}",
           adapter.path.string(), delta.target, slot.out, slot.in, taps_suffix(slot), product.left.describe(),
           product.right.describe());
  }
  void operator()(const Dense& dense) const {
    require(dense.difference.dim(0) == slot.out && has_columns(dense.difference), "diff",
            fmt::format("[{},{}{}]", slot.out, slot.in, taps_suffix(slot)), dense.difference);
  }
};

/// Along which axis a magnitude measures; [1,C] is of the inputs where both fit.
runtime::WeightDim magnitude_axis(const Tensor& magnitude, const graph::Slot& slot) {
  const bool inputs = magnitude.shape().size() == 2 && magnitude.size() == slot.in;
  return inputs ? runtime::WeightDim::in : runtime::WeightDim::out;
}

void check_shape(const Adapter& adapter, const Delta& delta, const graph::Slot& slot) {
  const ShapeCheck check{adapter, delta, slot};
  std::visit(check, delta.form);
  if (!delta.magnitude.empty() && magnitude_axis(delta.magnitude, slot) == runtime::WeightDim::out)
    check.require(delta.magnitude.size() == slot.out, "magnitude", fmt::format("[{}] or [1,{}]", slot.out, slot.in),
                  delta.magnitude);
}

/// The component's part of an adapter, each delta with a slot of its own that it fits.
std::vector<Match> match(const Adapter& adapter, std::string_view component, std::span<const graph::Slot> slots) {
  std::vector<Match> matches;
  std::optional<OriginalNames> original;
  for (const Delta& delta : adapter.deltas) {
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

/// One delta of a slot's sum: as factors where it has them, as tiles where it has not.
void add(const Delta& delta, const graph::Slot& slot, float weight, runtime::SlotDelta& sum) {
  const float scale = weight * delta.scale;
  const auto* low_rank = std::get_if<LowRank>(&delta.form);
  if (low_rank && delta.magnitude.empty()) {
    sum.terms.push_back({low_rank->down, low_rank->up, scale});
  } else {
    runtime::TileTerm term{tiles_of(delta.form, scale, slot.kernel_height * slot.kernel_width), std::nullopt};
    if (!delta.magnitude.empty())
      term.magnitude = runtime::TileMagnitude{delta.magnitude.to_f32(), magnitude_axis(delta.magnitude, slot)};
    sum.tiles.push_back(std::move(term));
  }
  if (delta.bias.empty()) return;
  const std::vector<float> bias = delta.bias.to_f32();
  sum.bias.resize(bias.size());
  for (std::size_t i = 0; i < bias.size(); ++i) sum.bias[i] += weight * bias[i];
}

}  // namespace

void check_fits(const Adapter& adapter, std::string_view component, std::span<const graph::Slot> slots) {
  match(adapter, component, slots);
}

bool has_branch_form(const Adapter& adapter) {
  return std::ranges::all_of(adapter.deltas, [](const Delta& delta) {
    return std::holds_alternative<LowRank>(delta.form) && delta.magnitude.empty() && delta.bias.empty();
  });
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
      add(*delta, *slot, weight, sum);
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
