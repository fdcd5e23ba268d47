#include "support/run_plan.h"

#include <map>

namespace veneer::testing_support {

using graph::Graph;
using graph::Rate;
using namespace runtime;  // NOLINT: all of it is what these functions are about

void share_timesteps(const Graph& graph, NamedTensors& inputs) {
  for (const graph::Node& node : graph.nodes()) {
    const auto* input = std::get_if<graph::Input>(&node.op);
    if (input && input->rate == Rate::timestep)
      inputs[input->name] = Tensor::from_f32(
          node.shape, std::vector<float>(static_cast<std::size_t>(node.shape[0]), inputs.at(input->name).f32()[0]));
  }
}

std::shared_ptr<const AdapterBinding> make_binding(const WeightStore& weights, std::span<const RandomDelta> deltas,
                                                   BindingForm form) {
  std::map<std::string, SlotDelta> by_slot;
  for (const auto& [slot, down, up, scale] : deltas) {
    SlotDelta& delta = by_slot[slot];
    delta.slot = weights.find_slot(slot).value();
    delta.form = form;
    delta.terms.push_back({down, up, scale});
  }
  std::vector<SlotDelta> sums;
  for (auto& [slot, delta] : by_slot) sums.push_back(std::move(delta));
  return AdapterBinding::make(weights, sums);
}

NamedTensors run_plan(const Graph& graph, const NamedTensors& inputs, const graph::PassNames& disabled,
                      BatchDeltas deltas, BindingForm form) {
  const auto threads = std::make_shared<ThreadBudget>(2);
  const auto plan = Plan::compile(graph, std::make_shared<WeightStore>(), {threads, 0, disabled});
  Workspace workspace(plan);
  std::vector<std::shared_ptr<const AdapterBinding>> bindings;
  std::vector<const AdapterBinding*> binding;
  for (const auto& own : deltas) {
    bindings.push_back(make_binding(plan->weights(), own, form));
    binding.push_back(bindings.back().get());
  }

  std::vector<NamedInput> named, schedule;
  std::vector<float> timesteps;
  bool has_steps = false;
  for (const graph::Node& node : graph.nodes()) {
    const auto* input = std::get_if<graph::Input>(&node.op);
    has_steps = has_steps || node.rate.contains(Rate::latent);
    if (!input) continue;
    const Tensor& value = inputs.at(input->name);
    if (input->rate == Rate::timestep) {
      timesteps = {7.0f, value.f32()[0]};  // an earlier step, and the one looked at
      schedule.emplace_back(input->name, timesteps);
    } else if (input->dtype == DType::f32) {
      named.emplace_back(input->name, value.f32());
    } else {
      named.emplace_back(input->name, std::span(reinterpret_cast<const std::int32_t*>(value.bytes().data()),
                                                static_cast<std::size_t>(value.size())));
    }
  }
  std::map<std::string, std::vector<float>> values;
  std::vector<NamedOutput> outputs;
  for (const graph::Output& output : graph.outputs()) {
    auto& value = values[output.name];
    value.resize(static_cast<std::size_t>(element_count(graph.shape(output.value))));
    outputs.push_back({output.name, value});
  }
  if (has_steps) plan->prepare(workspace, NamedInputs(named), NamedInputs(schedule), binding);
  const std::size_t index = has_steps && !timesteps.empty() ? 1 : 0;
  plan->run(workspace, index, NamedInputs(named), NamedOutputs(outputs), binding);
  NamedTensors result;
  for (const graph::Output& output : graph.outputs())
    result[output.name] = Tensor::from_f32(graph.shape(output.value), values[output.name]);
  return result;
}

}  // namespace veneer::testing_support
