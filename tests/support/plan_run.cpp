#include "support/plan_run.h"

#include "runtime/plan.h"

namespace veneer::testing_support {

NamedTensors run_compiled(const graph::Graph& graph, const NamedTensors& inputs) {
  const auto plan = runtime::Plan::compile(graph, std::make_shared<runtime::WeightStore>(),
                                           {.threads = std::make_shared<ThreadBudget>(2)});
  runtime::Workspace workspace(plan);
  std::vector<runtime::NamedInput> named, schedule;
  bool has_steps = false;
  for (const graph::Node& node : graph.nodes()) {
    has_steps = has_steps || node.rate.contains(graph::Rate::latent);
    const auto* input = std::get_if<graph::Input>(&node.op);
    if (input == nullptr) continue;
    const Tensor& value = inputs.at(input->name);
    if (input->rate == graph::Rate::timestep) {
      schedule.emplace_back(input->name, value.f32().first(1));
    } else if (input->dtype == DType::f32) {
      named.emplace_back(input->name, value.f32());
    } else {
      named.emplace_back(input->name, std::span(reinterpret_cast<const std::int32_t*>(value.bytes().data()),
                                                static_cast<std::size_t>(value.size())));
    }
  }
  std::map<std::string, std::vector<float>> values;
  std::vector<runtime::NamedOutput> outputs;
  for (const graph::Output& output : graph.outputs()) {
    auto& value = values[output.name];
    value.resize(static_cast<std::size_t>(element_count(graph.shape(output.value))));
    outputs.push_back({output.name, value});
  }
  if (has_steps) plan->prepare(workspace, runtime::NamedInputs(named), runtime::NamedInputs(schedule));
  plan->run(workspace, 0, runtime::NamedInputs(named), runtime::NamedOutputs(outputs));
  NamedTensors result;
  for (const graph::Output& output : graph.outputs())
    result[output.name] = Tensor::from_f32(graph.shape(output.value), std::move(values[output.name]));
  return result;
}

}  // namespace veneer::testing_support
