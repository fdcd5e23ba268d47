#include "graph/graph.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "graph/infer.h"

namespace veneer::graph {
namespace {

/// All attributes of an operation, each with a blank before it: what two graphs differ in is seen in their dumps.
struct Attributes {
  static std::string parameter(const Parameter& p) { return fmt::format(" {}:{}", p.name, p.tensor.describe()); }
  static std::string parameter(const std::optional<Parameter>& p) { return p ? parameter(*p) : ""; }
  static std::string weight(const SlotWeight& w) {
    return fmt::format(" slot={}{}{}", w.slot, parameter(w.weight), parameter(w.bias));
  }
  static int number(auto enumerator) { return static_cast<int>(enumerator); }

  std::string operator()(const Input& x) const {
    std::string rate;
    for (const auto& [part, name] : {std::pair(Rate::request, " request"), std::pair(Rate::timestep, " timestep"),
                                     std::pair(Rate::latent, " latent")})
      if (x.rate.contains(part)) rate += name;
    return fmt::format(" {}{}{}", to_string(x.dtype), rate, x.extent == Extent::shared ? " shared" : "");
  }
  std::string operator()(const Linear& x) const {
    std::string parts;
    for (const SlotWeight& part : x.parts) parts += weight(part);
    return parts;
  }
  std::string operator()(const Conv2d& x) const {
    return fmt::format("{} stride={} padding={},{},{},{}", weight(x.weight), x.stride, x.padding.top, x.padding.left,
                       x.padding.bottom, x.padding.right);
  }
  std::string operator()(const GroupNorm& x) const {
    return fmt::format(" groups={} eps={} activation={}{}{}", x.groups, x.eps, number(x.activation), parameter(x.gamma),
                       parameter(x.beta));
  }
  std::string operator()(const LayerNorm& x) const {
    return fmt::format(" eps={}{}{}", x.eps, parameter(x.gamma), parameter(x.beta));
  }
  std::string operator()(const RmsNorm& x) const { return fmt::format(" eps={}{}", x.eps, parameter(x.gamma)); }
  std::string operator()(const Modulate& x) const {
    return fmt::format(" columns={},{}", x.scale_column, x.shift_column);
  }
  std::string operator()(const GatedAdd& x) const { return fmt::format(" column={}", x.gate_column); }
  std::string operator()(const Activate& x) const { return fmt::format(" kind={}", number(x.kind)); }
  std::string operator()(const Geglu&) const { return ""; }
  std::string operator()(const Add&) const { return ""; }
  std::string operator()(const Multiply&) const { return ""; }
  std::string operator()(const AddChannels&) const { return ""; }
  std::string operator()(const Scale& x) const { return fmt::format(" factor={} offset={}", x.factor, x.offset); }
  std::string operator()(const Attention& x) const {
    return fmt::format(" heads={} head_dim={} scale={} mask={} columns={},{},{}{}", x.heads, x.head_dim, x.scale,
                       number(x.mask), x.q_column, x.k_column, x.v_column, parameter(x.relative_bias));
  }
  std::string operator()(const Rotate& x) const { return parameter(x.table); }
  std::string operator()(const Embedding& x) const { return parameter(x.table); }
  std::string operator()(const TakeToken&) const { return ""; }
  std::string operator()(const AddPositions& x) const { return parameter(x.table); }
  std::string operator()(const TimestepEmbedding& x) const {
    return fmt::format(" dim={} flip_sin_to_cos={} downscale_freq_shift={}", x.dim, x.flip_sin_to_cos,
                       x.downscale_freq_shift);
  }
  std::string operator()(const Concat&) const { return ""; }
  std::string operator()(const ConcatTokens&) const { return ""; }
  std::string operator()(const SliceTokens& x) const { return fmt::format(" begin={} count={}", x.begin, x.count); }
  std::string operator()(const Unpatchify& x) const {
    return fmt::format(" height={} width={} patch={}", x.height, x.width, x.patch);
  }
  std::string operator()(const Upsample& x) const { return fmt::format(" height={} width={}", x.height, x.width); }
  std::string operator()(const Reshape& x) const { return fmt::format(" dims={}", to_string(x.dims)); }
};

}  // namespace

std::string op_name(const Op& op) {
  return std::visit([](const auto& x) { return std::string(x.kName); }, op);
}

Value Graph::add(Op op, std::vector<Value> inputs, std::string name) {
  std::vector<const Node*> nodes;
  for (const Value input : inputs) {
    VENEER_CHECK(input.id >= 0 && static_cast<std::size_t>(input.id) < nodes_.size());
    nodes.push_back(&node(input));
  }
  const Inferred inferred = infer(op, nodes, name);
  nodes_.push_back({std::move(op), std::move(inputs), std::move(name), inferred.dtype, inferred.shape, inferred.rate,
                    inferred.extent});
  return {static_cast<std::int32_t>(nodes_.size() - 1)};
}

Value Graph::input(std::string name, DType dtype, Shape shape, Rate rate, Extent extent) {
  return add(Input{name, dtype, std::move(shape), rate, extent}, {}, name);
}

std::int64_t Graph::batch() const {
  std::int64_t batch = 0;
  for (const Node& node : nodes_) {
    if (!std::holds_alternative<Input>(node.op) || node.extent == Extent::shared) continue;
    if (batch != 0 && node.shape[0] != batch)
      fail(ErrorCode::invalid_argument, "{}: Input: expected a batch of {} as the inputs before it, got {}", node.name,
           batch, to_string(node.shape));
    batch = node.shape[0];
  }
  return batch;
}

void Graph::output(std::string name, Value value) {
  VENEER_CHECK(value.id >= 0 && static_cast<std::size_t>(value.id) < nodes_.size());
  outputs_.push_back({std::move(name), value});
}

std::vector<int> Graph::use_counts() const {
  std::vector<int> counts(nodes_.size());
  for (const Node& node : nodes_)
    for (const Value input : node.inputs) ++counts[static_cast<std::size_t>(input.id)];
  for (const Output& output : outputs_) ++counts[static_cast<std::size_t>(output.value.id)];
  return counts;
}

std::string dump(const Graph& graph) {
  std::string text;
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const Node& node = graph.nodes()[i];
    std::string inputs;
    for (const Value input : node.inputs) inputs += fmt::format("{}%{}", inputs.empty() ? "" : ", ", input.id);
    text += fmt::format("%{} {} = {}({}){} {}\n", i, to_string(node.shape), op_name(node.op), inputs,
                        std::visit(Attributes{}, node.op), node.name);
  }
  for (const Output& output : graph.outputs()) text += fmt::format("{} = %{}\n", output.name, output.value.id);
  return text;
}

}  // namespace veneer::graph
