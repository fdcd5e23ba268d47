// From adapters to what a component runs with: match, check, stack, choose a form, merge.
//
// Nothing here touches what is running. A failure throws before anything can be seen; a success is an immutable binding
// that the next run may use.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/adapter.h"
#include "graph/slots.h"
#include "runtime/binding.h"
#include "runtime/weights.h"

namespace veneer::adapters {

/// An adapter and how strongly it acts: any finite weight, negative and above 1 too. The delta of a module is
/// weight * alpha / rank * up * down.
struct WeightedAdapter {
  std::shared_ptr<const Adapter> adapter;
  float weight = 1;
};

enum class AdapterMode {
  automatic,  ///< whatever costs less for each weight, see choose_form()
  merge,      ///< W' = W + delta beside the base: no cost while running
  branch,     ///< y += up(down(x)), where has_branch_form(): nothing to prepare
};

/// Throws Error not_found when the component's part of an adapter names a layer that it does not have, and
/// invalid_argument when a shape does not fit: "FILE: TENSOR: expected down [*,320], got f16[4,640]".
/// `slots` are sorted by name and named COMPONENT.MODULE.
void check_fits(const Adapter& adapter, std::string_view component, std::span<const graph::Slot> slots);

/// Whether every delta of the adapter can run as a branch. LoHa, LoKr, whole differences, DoRA and changed biases
/// cannot: they are merged whatever the mode, so samples of one batch that differ cannot have them.
bool has_branch_form(const Adapter& adapter);

/// What choose_form() knows of a slot's work.
struct SlotWork {
  double weights = 0;      ///< out * in * kernel
  double in = 0, out = 0;  ///< in: times the kernel's taps
  double rows = 0;         ///< of the output, in one evaluation
  double evaluations = 1;
  double rank = 0;
};

/// The cost model: a merge reads W and writes W' once; a branch computes rank * (in + out) products a row and reads and
/// writes the output once more, in each evaluation. Constants are measured, see docs/decisions/.
runtime::BindingForm choose_form(const SlotWork& work);

/// How often the component runs for one binding; what `automatic` reckons with. It is a property of the pipeline, not
/// of a request, so that a binding does not depend on what else ran.
struct Workload {
  double evaluations = 20;  ///< of a denoiser, typically
};

/// The binding of one component ("unet") for a set of adapters; null if they hold nothing for it or all weights are 0.
/// Plans over `weights` must have been compiled. Runs on the calling thread's team.
std::shared_ptr<const runtime::AdapterBinding> bind(std::span<const WeightedAdapter> adapters,
                                                    std::string_view component, std::span<const graph::Slot> slots,
                                                    const runtime::WeightStore& weights, AdapterMode mode,
                                                    Workload workload);

}  // namespace veneer::adapters
