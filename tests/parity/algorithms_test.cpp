// Adapters of each algorithm against the weights that LyCORIS and peft compute with (tools/reference/
// algorithm_goldens.py), layer by layer, merged by the same code that generates pictures.
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "adapters/bind.h"
#include "adapters/read_adapter.h"
#include "graph/graph.h"
#include "runtime/packed_weight.h"
#include "runtime/plan.h"
#include "runtime/weighted.h"
#include "support/golden.h"

namespace veneer::adapters {
namespace {

using testing_support::close;

/// Every layer of a golden as a layer of its own, compiled, so that each has a packed weight.
class Layers {
 public:
  explicit Layers(const checkpoint::Checkpoint& golden) {
    graph::Graph graph;
    for (const auto& [name, weight] : golden.tensors()) {
      if (!name.starts_with("base.")) continue;
      const std::string module = name.substr(5), bias = "base_bias." + module;
      std::optional<graph::Parameter> own_bias;
      if (golden.tensors().contains(bias)) own_bias = {module + ".bias", golden.at(bias)};
      const graph::SlotWeight part{"unet." + module, {module + ".weight", weight}, own_bias};
      const bool convolution = weight.shape().size() == 4;
      const Shape shape = convolution ? Shape{1, 4, 4, weight.dim(1)} : Shape{1, 4, weight.dim(1)};
      const auto x = graph.input("x." + module, DType::f32, shape, graph::Rate::latent);
      const std::int64_t pad = convolution ? weight.dim(2) / 2 : 0;
      const auto y = convolution ? graph.add(graph::Conv2d{part, 1, {pad, pad, pad, pad}}, {x}, module)
                                 : graph.add(graph::Linear{{part}}, {x}, module);
      graph.output("y." + module, y);
    }
    slots_ = graph::slots(graph);
    plan_ = runtime::Plan::compile(graph, store_, {std::make_shared<ThreadBudget>(2), 0, {}});
  }

  [[nodiscard]] std::shared_ptr<const runtime::AdapterBinding> bind(std::shared_ptr<const Adapter> adapter,
                                                                    AdapterMode mode) const {
    const WeightedAdapter set[] = {{std::move(adapter), 1}};
    return adapters::bind(set, "unet", slots_, *store_, mode, {20});
  }
  [[nodiscard]] const runtime::PackedWeight& packed(const std::string& module) const {
    const auto slot = store_->find_slot("unet." + module);
    for (const runtime::PackedWeight* weight : store_->packed())
      if (weight->slots.at(0).slot == slot) return *weight;
    throw std::out_of_range(module);
  }

 private:
  const std::shared_ptr<runtime::WeightStore> store_ = std::make_shared<runtime::WeightStore>();
  std::vector<graph::Slot> slots_;
  std::shared_ptr<const runtime::Plan> plan_;
};

/// A packed weight as it stands in a checkpoint.
std::vector<float> plain(const dnnl::memory& packed, const Shape& shape) {
  using dnnl::memory;
  const bool kernel = packed.get_desc().data.ndims == 4;  // a pointwise convolution is a matrix
  const std::int64_t taps = kernel ? shape[2] * shape[3] : 1;
  const memory::dims dims =
      kernel ? memory::dims{shape[0], shape[1], shape[2], shape[3]} : memory::dims{shape[1], shape[0]};
  const memory::dims strides = kernel ? memory::dims{shape[1] * taps, taps, shape[3], 1} : memory::dims{1, shape[1]};
  std::vector<float> result(static_cast<std::size_t>(element_count(shape)));
  memory from = packed, to(memory::desc(dims, memory::data_type::f32, strides), runtime::cpu_engine(), result.data());
  dnnl::stream stream(runtime::cpu_engine());
  dnnl::reorder(from, to).execute(stream, from, to);
  stream.wait();
  return result;
}

class AlgorithmParity : public testing::TestWithParam<const char*> {};

TEST_P(AlgorithmParity, MergesToTheReferencesWeights) {
  const std::string name = std::string("adapters/algorithms/") + GetParam();
  const bool folder = std::filesystem::is_directory(testing_support::golden_path(name));
  const auto adapter = read_adapter(testing_support::golden_path(name + (folder ? "" : ".safetensors")));
  const auto golden = testing_support::load_golden(name + "_merged");
  const Layers layers(golden);
  for (const AdapterMode mode : {AdapterMode::merge, AdapterMode::automatic}) {
    const auto binding = layers.bind(adapter, mode);
    std::size_t compared = 0, biases = 0;
    for (const auto& [entry, expected] : golden.tensors()) {
      if (entry.starts_with("merged_bias.")) {
        const auto& packed = layers.packed(entry.substr(12));
        const dnnl::memory* bias = binding->bias(packed.id);
        ASSERT_NE(bias, nullptr) << entry;
        const auto* values = static_cast<const float*>(bias->get_data_handle());
        EXPECT_TRUE(close({values, static_cast<std::size_t>(expected.size())}, expected.f32(), {.of_range = 1e-5}))
            << entry;
        ++biases;
      }
      if (!entry.starts_with("merged.")) continue;
      const auto& packed = layers.packed(entry.substr(7));
      const dnnl::memory* merged = binding->merged(packed.id);
      if (!merged && mode == AdapterMode::automatic) continue;  // cheaper as a branch
      ASSERT_NE(merged, nullptr) << entry;
      EXPECT_TRUE(close(plain(*merged, expected.shape()), expected.f32(), {.of_range = 1e-5})) << entry;
      EXPECT_FALSE(close(plain(packed.memory, expected.shape()), expected.f32(), {.of_range = 1e-2})) << entry;
      ++compared;
    }
    if (mode == AdapterMode::merge) {
      EXPECT_EQ(compared, adapter->deltas.size());
    }
    EXPECT_EQ(binding->merged_only(), std::string_view(GetParam()) != "locon");
    EXPECT_EQ(biases > 0, std::string_view(GetParam()) == "full" || std::string_view(GetParam()) == "peft_bias");
  }
}

INSTANTIATE_TEST_SUITE_P(Files, AlgorithmParity,
                         testing::Values("locon", "loha", "lokr", "full", "lycoris_dora", "peft_dora", "peft_bias",
                                         "peft_loha", "peft_lokr"),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace veneer::adapters
