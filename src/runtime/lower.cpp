#include <algorithm>

#include "base/check.h"
#include "runtime/execute.h"
#include "runtime/memory_plan.h"
#include "runtime/program.h"

namespace veneer::runtime {
namespace {

using graph::Node;
using graph::Value;

WeightedShape linear_shape(const Node& node, const Shape& x) {
  WeightedShape shape;
  shape.in = x.back();
  shape.out = node.shape.back();
  shape.rows = element_count(node.shape) / shape.out;
  return shape;
}

WeightedShape convolution_shape(const graph::Conv2d& conv, const Node& node, const Shape& x) {
  const Shape& weight = conv.weight.weight.tensor.shape();
  WeightedShape shape;
  shape.in = x[3];
  shape.out = node.shape[3];
  shape.rows = node.shape[0] * node.shape[1] * node.shape[2];
  shape.image = {x[0], x[1], x[2], node.shape[1], node.shape[2], weight[2], weight[3], conv.stride, conv.padding};
  return shape;
}

/// What the node does with packed weights, if anything: whose they are, and for which shape.
struct Weighted {
  std::span<const graph::SlotWeight> parts;
  WeightedShape shape;
};

std::optional<Weighted> weighted(const graph::Graph& graph, const Node& node) {
  std::optional<Weighted> result;
  if (const auto* linear = std::get_if<graph::Linear>(&node.op))
    result = {linear->parts, linear_shape(node, graph.shape(node.inputs[0]))};
  else if (const auto* conv = std::get_if<graph::Conv2d>(&node.op))
    result = {{&conv->weight, 1}, convolution_shape(*conv, node, graph.shape(node.inputs[0]))};
  if (result && node.inputs.size() == 2) result->shape.residual = WeightedShape::Residual::added;
  return result;
}

/// Makes the parameters of an operation f32, converted once for all plans of the store.
struct ToF32 {
  WeightStore& weights;

  void convert(graph::Parameter& parameter) const { parameter.tensor = weights.f32(parameter); }
  void convert(std::optional<graph::Parameter>& parameter) const {
    if (parameter) convert(*parameter);
  }
  void operator()(graph::GroupNorm& norm) const {
    convert(norm.gamma);
    convert(norm.beta);
  }
  void operator()(graph::LayerNorm& norm) const {
    convert(norm.gamma);
    convert(norm.beta);
  }
  void operator()(graph::RmsNorm& norm) const { convert(norm.gamma); }
  void operator()(graph::Attention& attention) const { convert(attention.relative_bias); }
  void operator()(graph::Rotate& rotate) const { convert(rotate.table); }
  void operator()(graph::AddPositions& positions) const { convert(positions.table); }
  void operator()(auto& /*without parameters, or an Embedding, whose table stays as stored*/) const {}
};

class Lowering {
 public:
  Lowering(const graph::Graph& graph, WeightStore& weights) : graph_(graph), weights_(weights) {}

  Program lower() {
    program_.batch = graph_.batch();
    const auto& nodes = graph_.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const auto index = static_cast<ValueIndex>(i);
      program_.values.push_back({nodes[i].shape, nodes[i].dtype, Program::ValuePlace::Home::arena, 0, index});
      add_step(nodes[i], index);
    }
    for (const graph::Output& output : graph_.outputs()) {
      ValueIndex root = place({output.value.id}).root;
      if (place({root}).home == Program::ValuePlace::Home::outside) root = add_copy(root, output.name);
      place({root}).home = Program::ValuePlace::Home::outside;
      program_.outputs.push_back({output.name, root, {}, {}});
    }
    place_buffers();
    return std::move(program_);
  }

 private:
  Program::ValuePlace& place(Value value) { return program_.values[static_cast<std::size_t>(value.id)]; }
  ValueIndex root(Value value) { return place(value).root; }

  void add_step(const Node& node, ValueIndex index) {
    if (const auto* input = std::get_if<graph::Input>(&node.op)) {
      place({index}).home = Program::ValuePlace::Home::outside;
      program_.inputs.push_back({input->name, index, input->rate, input->extent});
    } else if (std::holds_alternative<graph::Reshape>(node.op)) {
      place({index}).root = root(node.inputs[0]);
    } else if (const auto layer = weighted(graph_, node)) {
      add_weighted(node, index, *layer);
    } else {
      KernelStep step{node.name, node.op, {}, index};
      std::visit(ToF32{weights_}, step.op);
      for (const Value x : node.inputs) step.inputs.push_back(x.id);
      program_.scratch_bytes = std::max(program_.scratch_bytes, kernel_scratch_bytes(step, program_.values));
      program_.steps.emplace_back(std::move(step));
    }
  }

  void add_weighted(const Node& node, ValueIndex index, const Weighted& layer) {
    const PackedWeight* weight = weights_.find(layer.parts, layer.shape);
    VENEER_CHECK(weight);
    WeightedStep step{node.name,  make_weighted(layer.shape, weight->memory.get_desc()),
                      weight,     root(node.inputs[0]),
                      index,      kNoValue,
                      layer.shape};
    if (node.inputs.size() == 2) step.residual = root(node.inputs[1]);
    program_.scratch_bytes = std::max(program_.scratch_bytes, weighted_scratch_bytes(step));
    program_.steps.emplace_back(std::move(step));
  }

  /// For an output that is an input, or one value under two names.
  ValueIndex add_copy(ValueIndex from, const std::string& name) {
    const auto index = static_cast<ValueIndex>(program_.values.size());
    const Shape shape = place({from}).shape;
    program_.values.push_back({shape, DType::f32, Program::ValuePlace::Home::arena, 0, index});
    program_.steps.emplace_back(KernelStep{name, graph::Scale{}, {from}, index});
    return index;
  }

  /// Gives every value of the arena its offset.
  void place_buffers() {
    constexpr int kNever = -1;
    std::vector<Lifetime> lives(program_.values.size(), Lifetime{0, kNever, kNever});
    const auto touch = [&](ValueIndex value, int step) {
      if (value == kNoValue) return;
      Lifetime& life = lives[static_cast<std::size_t>(root({value}))];
      if (life.first_step == kNever) life.first_step = step;
      life.last_step = step;
    };
    for (std::size_t i = 0; i < program_.steps.size(); ++i) {
      const auto step = static_cast<int>(i);
      if (const auto* weighted = std::get_if<WeightedStep>(&program_.steps[i])) {
        for (const ValueIndex value : {weighted->src, weighted->residual, weighted->dst}) touch(value, step);
      } else {
        const auto& kernel = std::get<KernelStep>(program_.steps[i]);
        for (const ValueIndex value : kernel.inputs) touch(value, step);
        touch(kernel.output, step);
      }
    }
    for (std::size_t i = 0; i < lives.size(); ++i) {
      const auto& value = program_.values[i];
      const bool in_arena = value.home == Program::ValuePlace::Home::arena && value.root == static_cast<ValueIndex>(i);
      if (in_arena) lives[i].bytes = value.bytes();
    }
    const MemoryPlan plan = plan_memory(lives);
    for (std::size_t i = 0; i < lives.size(); ++i) program_.values[i].offset = plan.offsets[i];
    program_.arena_bytes = plan.bytes;
  }

  const graph::Graph& graph_;
  WeightStore& weights_;
  Program program_;
};

}  // namespace

void pack_weights(const graph::Graph& graph, WeightStore& weights, ThreadBudget& threads, int team,
                  const std::stop_token& stop) {
  for (const Node& node : graph.nodes()) {
    const auto layer = weighted(graph, node);
    if (!layer || weights.find(layer->parts, layer->shape)) continue;
    const ThreadLease lease(threads, team, stop);
    (void)weights.pack(layer->parts, layer->shape);
  }
}

Program lower(const graph::Graph& graph, WeightStore& weights) {
  return Lowering(graph, weights).lower();
}

}  // namespace veneer::runtime
