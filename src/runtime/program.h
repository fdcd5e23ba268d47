// One part of a plan: steps in order over values that lie in one arena or are given from outside. Immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/parallel.h"
#include "graph/graph.h"
#include "runtime/packed_weight.h"
#include "runtime/weighted.h"

namespace veneer::runtime {

/// Index into Program::values.
using ValueIndex = std::int32_t;
inline constexpr ValueIndex kNoValue = -1;

/// A linear layer or convolution: packed base weights, and slots where a binding may act.
struct WeightedStep {
  std::string name;
  std::optional<WeightedPrimitive> primitive;  ///< none: convolve()
  const PackedWeight* weight = nullptr;
  ValueIndex src = kNoValue, dst = kNoValue, residual = kNoValue;
  WeightedShape shape;
};

/// Any other operation, on the kernels of this folder. Its parameters are f32 but for an Embedding's table.
struct KernelStep {
  std::string name;
  graph::Op op;
  std::vector<ValueIndex> inputs;
  ValueIndex output = kNoValue;
};

using Step = std::variant<WeightedStep, KernelStep>;

struct Program {
  struct ValuePlace {
    Shape shape;
    DType dtype = DType::f32;
    enum class Home { arena, outside } home = Home::arena;
    std::size_t offset = 0;      ///< in the arena
    ValueIndex root = kNoValue;  ///< the value whose bytes these are (itself, but for a Reshape)
    [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(element_count(shape)) * size_of(dtype); }
  };
  struct Port {
    std::string name;
    ValueIndex value = kNoValue;
    graph::Rate rate{};                           ///< of an input
    graph::Extent extent = graph::Extent::batch;  ///< of an input
  };

  std::vector<ValuePlace> values;
  std::vector<Step> steps;
  std::vector<Port> inputs, outputs;
  std::size_t arena_bytes = 0, scratch_bytes = 0;
  std::int64_t batch = 1;
};

/// Packs what the store does not hold yet, each weight under a lease of its own: what runs meanwhile goes on in
/// between. Throws Error cancelled if a stop is requested while it waits for one; what was packed stays.
void pack_weights(const graph::Graph& graph, WeightStore& weights, ThreadBudget& threads, int team,
                  const std::stop_token& stop);

/// Lowers a graph whose weights are packed: creates primitives for the calling thread's team, places buffers. Does
/// nothing in parallel.
Program lower(const graph::Graph& graph, WeightStore& weights);

}  // namespace veneer::runtime
