// A model of one's own, from configuration to adapter. docs/guides/write-a-model.md shows the parts between the marks.
#include <fmt/format.h>

#include <cmath>
#include <map>

#include "adapters/adapter.h"
#include "adapters/bind.h"
#include "graph/slots.h"
#include "models/config.h"
#include "nn/embedding.h"
#include "nn/resnet.h"
#include "runtime/plan.h"

namespace {

using veneer::DType;
using veneer::Json;
using veneer::Shape;
using veneer::Tensor;
using veneer::graph::Graph;
using veneer::graph::Rate;
using veneer::graph::Value;
using veneer::nn::Builder;

// docs: config
struct TinyConfig {
  std::int64_t channels = 16;
  std::int64_t norm_groups = 4;
  double norm_eps = 1e-5;

  static TinyConfig from_json(const Json& json, std::string_view where) {
    using namespace veneer::models;
    TinyConfig c;
    const std::vector<Field> fields = {
        {"channels", 16, into(c.channels)},
        {"norm_num_groups", 4, into(c.norm_groups)},
        {"norm_eps", 1e-5, into(c.norm_eps)},
        {"prediction", "noise", only("noise")},  // what else it may be is refused by name
    };
    read_fields(json, where, "TinyDenoiser", fields, {"dropout"});
    return c;
  }
};
// docs: end config

// docs: build
struct TinyShape {
  std::int64_t batch = 1, height = 16, width = 16;
};

/// Inputs: "sample" [N,H,W,3] and "timestep" [N]. Output: "noise_pred" [N,H,W,3].
Graph build_tiny(const TinyConfig& c, const veneer::nn::WeightSource& weights, TinyShape shape) {
  Graph graph;
  const Value sample = graph.input("sample", DType::f32, {shape.batch, shape.height, shape.width, 3}, Rate::latent);
  const Value timestep = graph.input("timestep", DType::f32, {shape.batch}, Rate::timestep);

  const Builder b(graph, weights, "tiny");
  Value time = b.timestep_embedding(timestep, {.dim = c.channels});                            // [N,C]
  time = b.silu(veneer::nn::time_embedding(b.scope("time"), time, {.channels = c.channels}));  // [N,C]

  Value x = b.conv2d("conv_in", sample, c.channels);  // [N,H,W,C]
  for (std::size_t i = 0; i < 2; ++i)
    x = veneer::nn::resnet_block(b.scope("blocks", i), x, time, c.channels,
                                 {.groups = c.norm_groups, .eps = c.norm_eps});
  x = b.silu(b.group_norm("norm_out", x, c.norm_groups, c.norm_eps));
  graph.output("noise_pred", b.conv2d("conv_out", x, 3));
  return graph;
}
// docs: end build

// docs: weights
/// Stands for a checkpoint: a tensor of whatever shape is asked for.
veneer::nn::WeightSource made_up_weights() {
  const auto find = [](const std::string& name, const Shape& shape) -> std::optional<Tensor> {
    std::vector<float> values(static_cast<std::size_t>(veneer::element_count(shape)));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.2f * std::sin(static_cast<float>(i + name.size()));
    return Tensor::from_f32(shape, std::move(values));
  };
  return {find, "made up"};
}
// docs: end weights

// docs: adapter
/// What read_adapter() would give for a file with one module.
std::shared_ptr<const veneer::adapters::Adapter> made_up_adapter(const veneer::graph::Slot& slot) {
  const std::int64_t rank = 2;
  const Shape down = {rank, slot.in, slot.kernel_height, slot.kernel_width}, up = {slot.out, rank, 1, 1};
  const auto filled = [](const Shape& shape) {
    return Tensor::from_f32(shape, std::vector<float>(static_cast<std::size_t>(veneer::element_count(shape)), 0.1f));
  };
  auto adapter = std::make_shared<veneer::adapters::Adapter>();
  adapter->name = "made up";
  adapter->deltas = {
      {.target = slot.name, .form = veneer::adapters::LowRank{filled(down), filled(up)}, .alpha = 2, .rank = rank}};
  return adapter;
}
// docs: end adapter

}  // namespace

int main() {
  const TinyConfig config =
      TinyConfig::from_json(veneer::parse_json(R"({"channels": 8})", "tiny/config.json"), "tiny/config.json");
  const veneer::nn::WeightSource source = made_up_weights();
  const Graph graph = build_tiny(config, source, {});

  // docs: run
  const auto weights = std::make_shared<veneer::runtime::WeightStore>();
  const auto threads = std::make_shared<veneer::ThreadBudget>(2);
  const auto plan = veneer::runtime::Plan::compile(graph, weights, {.threads = threads});
  fmt::print("{} operations a step, {} computed before the first\n", plan->step_count(), plan->hoisted_count());

  veneer::runtime::Workspace workspace(plan);
  const std::vector<float> timesteps = {900, 600, 300};
  std::vector<float> sample(16 * 16 * 3, 0.5f), noise(sample.size());
  plan->prepare(workspace, {}, {{"timestep", timesteps}});
  plan->run(workspace, 0, {{"sample", sample}}, {{"noise_pred", noise}});
  // docs: end run
  const std::vector<float> base = noise;

  // docs: bind
  const std::vector<veneer::graph::Slot> slots = veneer::graph::slots(graph);
  for (const auto& slot : slots) fmt::print("slot {} [{},{}]\n", slot.name, slot.out, slot.in);

  const veneer::adapters::WeightedAdapter adapters[] = {{made_up_adapter(slots.front()), 1.0f}};
  const auto binding = veneer::adapters::bind(adapters, "tiny", slots, *weights,
                                              veneer::adapters::AdapterMode::automatic, {.evaluations = 3});
  const veneer::runtime::AdapterBinding* const bindings[] = {binding.get()};
  plan->prepare(workspace, {}, {{"timestep", timesteps}}, bindings);
  plan->run(workspace, 0, {{"sample", sample}}, {{"noise_pred", noise}}, bindings);
  // docs: end bind
  fmt::print("the adapter changes the answer: {}\n", noise != base);

  plan->prepare(workspace, {}, {{"timestep", timesteps}});
  plan->run(workspace, 0, {{"sample", sample}}, {{"noise_pred", noise}});
  fmt::print("without it the same bytes as before: {}\n", noise == base);

  // docs: refused
  try {
    (void)TinyConfig::from_json(veneer::parse_json(R"({"prediction": "velocity"})", "tiny/config.json"),
                                "tiny/config.json");
  } catch (const veneer::Error& error) {
    fmt::print("{}\n", error.what());
  }
  // docs: end refused
}
