// What passes create against what they replace: goldens do not reach these attributes of the interpreter.
#include "support/interpreter.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "support/golden.h"
#include "support/layout.h"

namespace veneer::testing_support {
namespace {

using namespace graph;

constexpr Tolerance kTolerance{.absolute = 1e-6};

/// Values that differ from element to element.
Tensor waves(const Shape& shape, float phase) {
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(phase + 0.7F * static_cast<float>(i));
  return Tensor::from_f32(shape, std::move(values));
}

SlotWeight slot(const Shape& shape, float phase) {
  return {"slot", {"slot.weight", waves(shape, phase)}, Parameter{"slot.bias", waves({shape[0]}, phase + 1)}};
}

class InterpreterTest : public testing::Test {
 protected:
  Value input(const Shape& shape) {
    const std::string name = "input_" + std::to_string(inputs_.size());
    inputs_[name] = waves(shape, static_cast<float>(inputs_.size()));
    return graph_.input(name, DType::f32, shape, Rate::latent);
  }
  Value add(Op op, std::vector<Value> inputs) { return graph_.add(std::move(op), std::move(inputs), "node"); }

  testing::AssertionResult equal(Value a, Value b) {
    graph_.output("a", a);
    graph_.output("b", b);
    const NamedTensors outputs = interpret(graph_, inputs_);
    return close(outputs.at("a"), outputs.at("b"), kTolerance);
  }

  Graph graph_;
  NamedTensors inputs_;
};

TEST_F(InterpreterTest, PartsOfALinearStandSideBySide) {
  const Value x = input({2, 3, 4});
  const SlotWeight a = slot({5, 4}, 0.1F), b = slot({2, 4, 1, 1}, 0.2F);
  EXPECT_TRUE(equal(add(Linear{{a, b}}, {x}), add(Concat{}, {add(Linear{{a}}, {x}), add(Linear{{b}}, {x})})));
}

TEST_F(InterpreterTest, ResidualsAreAdded) {
  const Value x = input({2, 3, 3, 4}), residual = input({2, 3, 3, 5});
  const Linear linear{{slot({5, 4}, 0.1F)}};
  EXPECT_TRUE(equal(add(linear, {x, residual}), add(Add{}, {add(linear, {x}), residual})));
}

TEST_F(InterpreterTest, ResidualsOfConvolutionsAreAdded) {
  const Value x = input({2, 3, 3, 4}), residual = input({2, 3, 3, 5});
  const Conv2d conv{slot({5, 4, 3, 3}, 0.1F), 1, {1, 1, 1, 1}};
  EXPECT_TRUE(equal(add(conv, {x, residual}), add(Add{}, {add(conv, {x}), residual})));
}

TEST_F(InterpreterTest, PointwiseConvolutionsAreLinear) {
  const Value x = input({2, 3, 5, 4});
  const SlotWeight weight = slot({6, 4, 1, 1}, 0.3F);
  EXPECT_TRUE(equal(add(Conv2d{weight, 1, {}}, {x}), add(Linear{{weight}}, {x})));
}

TEST_F(InterpreterTest, GroupNormShiftsBeforeAndActivatesAfter) {
  const Value x = input({2, 3, 3, 4}), shift = input({2, 4});
  GroupNorm norm{2, 1e-5, {"gamma", waves({4}, 0.4F)}, {"beta", waves({4}, 0.5F)}, Activation::silu};
  const Value fused = add(norm, {x, shift});
  norm.activation = Activation::none;
  EXPECT_TRUE(equal(fused, add(Activate{Activation::silu}, {add(norm, {add(AddChannels{}, {x, shift})})})));
}

TEST_F(InterpreterTest, AttentionReadsColumnsOfOneValue) {
  const Value x = input({2, 5, 4});
  const SlotWeight q = slot({6, 4}, 0.1F), k = slot({6, 4}, 0.2F), unread = slot({3, 4}, 0.3F), v = slot({6, 4}, 0.4F);
  const Attention plain{.heads = 2, .head_dim = 3, .scale = 0.6F, .mask = AttentionMask::causal};
  Attention fused = plain;
  fused.k_column = 6;
  fused.v_column = 15;
  const Value qkv = add(Linear{{q, k, unread, v}}, {x});
  EXPECT_TRUE(equal(add(fused, {qkv, qkv, qkv}),
                    add(plain, {add(Linear{{q}}, {x}), add(Linear{{k}}, {x}), add(Linear{{v}}, {x})})));
}

TEST_F(InterpreterTest, CausalAttentionDoesNotSeeWhatFollows) {
  const Value x = input({1, 4, 2});
  graph_.output("all", add(Attention{.heads = 1, .head_dim = 2, .mask = AttentionMask::causal}, {x, x, x}));
  const Tensor before = interpret(graph_, inputs_).at("all");
  std::vector<float> changed = inputs_.at("input_0").to_f32();
  changed[6] = 3;  // of the last token
  inputs_["input_0"] = Tensor::from_f32({1, 4, 2}, changed);
  const Tensor after = interpret(graph_, inputs_).at("all");
  EXPECT_TRUE(close(before.f32().first(6), after.f32().first(6), kTolerance));
  EXPECT_FALSE(close(before, after, kTolerance));
}

TEST_F(InterpreterTest, RefusesInputsThatDoNotFit) {
  (void)input({2, 3});
  inputs_["input_0"] = waves({3, 2}, 0);
  EXPECT_THROW(interpret(graph_, inputs_), Error);
  EXPECT_THROW(interpret(graph_, {}), Error);
  Graph lookup;
  const Value ids = lookup.input("ids", DType::i32, {1, 1}, Rate::request);
  lookup.output("rows", lookup.add(Embedding{{"table", waves({4, 2}, 0)}}, {ids}, "node"));
  EXPECT_NO_THROW(interpret(lookup, {{"ids", from_i32({1, 1}, {3})}}));
  EXPECT_THROW(interpret(lookup, {{"ids", from_i32({1, 1}, {4})}}), Error);
}

}  // namespace
}  // namespace veneer::testing_support
