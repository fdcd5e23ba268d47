// The rules of src/graph/infer.cpp: what each operation gives, and what it says when its inputs do not fit.
#include "graph/infer.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace veneer::graph {
namespace {

Parameter parameter(const Shape& shape) {
  return {"w", Tensor::from_f32(shape, std::vector<float>(static_cast<std::size_t>(element_count(shape))))};
}

SlotWeight slot(const Shape& weight, std::optional<Shape> bias = {}) {
  SlotWeight result{"slot", parameter(weight), {}};
  if (bias) result.bias = Parameter{"b", parameter(*bias).tensor};
  return result;
}

class InferTest : public testing::Test {
 protected:
  Value tensor(Shape shape, Rate rate = Rate::latent) {
    return graph_.input("input", DType::f32, std::move(shape), rate);
  }

  Shape shape_of(Op op, std::vector<Value> inputs) {
    return graph_.shape(graph_.add(std::move(op), std::move(inputs), "node"));
  }

  std::string error_of(Op op, std::vector<Value> inputs) {
    const std::size_t before = graph_.nodes().size();
    try {
      (void)graph_.add(std::move(op), std::move(inputs), "node");
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::invalid_argument);
      EXPECT_EQ(graph_.nodes().size(), before) << "a refused node was appended";
      return e.what();
    }
    return "accepted";
  }

  Graph graph_;
};

TEST_F(InferTest, LinearSetsItsPartsSideBySide) {
  const Linear linear{{slot({5, 4}, Shape{5}), slot({3, 4, 1, 1})}};
  EXPECT_EQ(shape_of(linear, {tensor({2, 7, 4})}), (Shape{2, 7, 8}));
  EXPECT_EQ(shape_of(linear, {tensor({2, 7, 4}), tensor({2, 7, 8})}), (Shape{2, 7, 8}));
  EXPECT_EQ(error_of(linear, {tensor({2, 7, 3})}), "node: Linear: w: expected [5,3], got f32[5,4]");
  EXPECT_EQ(error_of(linear, {tensor({2, 4}), tensor({2, 7})}), "node: Linear: residual: expected [2,8], got [2,7]");
  EXPECT_EQ(error_of(Linear{}, {tensor({2, 4})}), "node: Linear: expected at least one weight");
  EXPECT_EQ(error_of(Linear{{slot({5, 4}, Shape{4})}}, {tensor({2, 4})}), "node: Linear: b: expected [5], got f32[4]");
  EXPECT_EQ(error_of(Linear{{slot({5, 4, 3, 3})}}, {tensor({2, 4})}),
            "node: Linear: w: expected [out,4] or [out,4,1,1], got f32[5,4,3,3]");
}

TEST_F(InferTest, ModulationsAreColumnsOfOneRowASample) {
  const Value x = tensor({2, 7, 4}), m = tensor({2, 12});
  EXPECT_EQ(shape_of(Modulate{.scale_column = 4, .shift_column = 8}, {x, m}), (Shape{2, 7, 4}));
  EXPECT_EQ(error_of(Modulate{.scale_column = 0, .shift_column = 9}, {x, m}),
            "node: Modulate: input 1: expected columns 9 to 13, got [2,12]");
  EXPECT_EQ(error_of(GatedAdd{.gate_column = -1}, {x, x, m}),
            "node: GatedAdd: input 2: expected columns -1 to 3, got [2,12]");
  EXPECT_EQ(error_of(GatedAdd{}, {x, tensor({2, 6, 4}), m}),
            "node: GatedAdd: expected two inputs of one shape, got [2,7,4] and [2,6,4]");
  EXPECT_EQ(error_of(GatedAdd{}, {x, x, tensor({1, 12})}), "node: GatedAdd: input 2: expected a batch of 2, got 1");
}

TEST_F(InferTest, NormsOfTransformers) {
  EXPECT_EQ(shape_of(LayerNorm{1e-6, {}, {}}, {tensor({2, 7, 4})}), (Shape{2, 7, 4}));
  EXPECT_EQ(error_of(LayerNorm{1e-6, parameter({4}), {}}, {tensor({2, 7, 4})}),
            "node: LayerNorm: expected gamma and beta, or neither");
  EXPECT_EQ(shape_of(RmsNorm{1e-6, parameter({2})}, {tensor({2, 7, 4})}), (Shape{2, 7, 4}));
  EXPECT_EQ(error_of(RmsNorm{1e-6, parameter({3})}, {tensor({2, 7, 4})}),
            "node: RmsNorm: w: expected a divisor of 4 channels, got [3]");
}

TEST_F(InferTest, PositionsOfTransformers) {
  const Value x = tensor({2, 7, 4});
  EXPECT_EQ(shape_of(Rotate{parameter({7, 2, 2})}, {x}), (Shape{2, 7, 4}));
  EXPECT_EQ(error_of(Rotate{parameter({7, 2, 1})}, {x}),
            "node: Rotate: w: expected [7,2,D] with D an even divisor of 4, got [7,2,1]");
  EXPECT_EQ(error_of(Rotate{parameter({6, 2, 2})}, {x}), "node: Rotate: w: expected [7,2,2], got f32[6,2,2]");
  Attention attention{.heads = 2, .head_dim = 2};
  attention.relative_bias = parameter({2, 11});
  EXPECT_EQ(shape_of(attention, {x, tensor({2, 5, 4}), tensor({2, 5, 4})}), (Shape{2, 7, 4}));
  EXPECT_EQ(error_of(attention, {x, x, x}), "node: Attention: w: expected [2,13], got f32[2,11]");
}

TEST_F(InferTest, TokensAreJoinedSlicedAndLaidOut) {
  const Value x = tensor({2, 6, 8});
  EXPECT_EQ(shape_of(ConcatTokens{}, {x, tensor({2, 1, 8}), x}), (Shape{2, 13, 8}));
  EXPECT_EQ(error_of(ConcatTokens{}, {x, tensor({2, 1, 4})}),
            "node: ConcatTokens: input 1: expected [2,1,8], got [2,1,4]");
  EXPECT_EQ(shape_of(SliceTokens{4, 2}, {x}), (Shape{2, 2, 8}));
  EXPECT_EQ(error_of(SliceTokens{5, 2}, {x}), "node: SliceTokens: expected tokens 5 to 7, got [2,6,8]");
  EXPECT_EQ(shape_of(Unpatchify{2, 3, 2}, {x}), (Shape{2, 4, 6, 2}));
  EXPECT_EQ(error_of(Unpatchify{2, 2, 2}, {x}),
            "node: Unpatchify: expected 4 tokens of a multiple of 4 columns, got [2,6,8]");
}

TEST_F(InferTest, ConvolutionCountsPositions) {
  const SlotWeight weight = slot({5, 2, 3, 3});
  EXPECT_EQ(shape_of(Conv2d{weight, 1, {1, 1, 1, 1}}, {tensor({1, 8, 6, 2})}), (Shape{1, 8, 6, 5}));
  EXPECT_EQ(shape_of(Conv2d{weight, 2, {1, 1, 1, 1}}, {tensor({1, 7, 6, 2})}), (Shape{1, 4, 3, 5}));
  EXPECT_EQ(shape_of(Conv2d{weight, 2, {0, 0, 1, 1}}, {tensor({1, 7, 6, 2})}), (Shape{1, 3, 3, 5}));
  EXPECT_EQ(error_of(Conv2d{weight, 1, {}}, {tensor({1, 2, 6, 2})}),
            "node: Conv2d: expected at least 3 pixels for the kernel, got 2");
  EXPECT_EQ(error_of(Conv2d{weight, 0, {}}, {tensor({1, 4, 6, 2})}), "node: Conv2d: expected a positive stride, got 0");
  EXPECT_EQ(error_of(Conv2d{weight, 1, {.left = -1}}, {tensor({1, 4, 6, 2})}),
            "node: Conv2d: expected a padding of 0 or more, got 0,-1,0,0");
  EXPECT_EQ(error_of(Conv2d{weight, 1, {}}, {tensor({1, 4, 6, 3})}),
            "node: Conv2d: w: expected [out,3,kh,kw], got f32[5,2,3,3]");
  EXPECT_EQ(error_of(Conv2d{weight, 1, {}}, {tensor({1, 4, 2})}),
            "node: Conv2d: input 0: expected 4 dimensions, got [1,4,2]");
}

TEST_F(InferTest, NormsKeepTheShape) {
  const GroupNorm group{2, 1e-5, parameter({4}), parameter({4}), Activation::silu};
  EXPECT_EQ(shape_of(group, {tensor({2, 3, 3, 4}), tensor({2, 4})}), (Shape{2, 3, 3, 4}));
  EXPECT_EQ(error_of(group, {tensor({2, 3, 3, 4}), tensor({1, 4})}),
            "node: GroupNorm: shift: expected [2,4], got [1,4]");
  EXPECT_EQ(error_of(GroupNorm{3, 1e-5, parameter({4}), parameter({4})}, {tensor({2, 4})}),
            "node: GroupNorm: expected channels divisible by 3 groups, got 4");
  EXPECT_EQ(error_of(LayerNorm{1e-5, parameter({4}), parameter({3})}, {tensor({2, 4})}),
            "node: LayerNorm: w: expected [4], got f32[3]");
}

TEST_F(InferTest, ElementwiseOperationsWantOneShape) {
  EXPECT_EQ(shape_of(Add{}, {tensor({2, 3}), tensor({2, 3})}), (Shape{2, 3}));
  EXPECT_EQ(error_of(Add{}, {tensor({2, 3}), tensor({3, 2})}),
            "node: Add: expected two inputs of one shape, got [2,3] and [3,2]");
  EXPECT_EQ(error_of(Add{}, {tensor({2, 3})}), "node: Add: expected 2 to 2 inputs, got 1");
  EXPECT_EQ(error_of(AddChannels{}, {tensor({2, 5, 3}), tensor({2, 5})}),
            "node: AddChannels: shift: expected [2,3], got [2,5]");
  EXPECT_EQ(shape_of(Geglu{}, {tensor({2, 5, 6})}), (Shape{2, 5, 3}));
  EXPECT_EQ(error_of(Geglu{}, {tensor({2, 5, 3})}), "node: Geglu: expected an even number of channels, got 3");
}

TEST_F(InferTest, AttentionReadsColumns) {
  const Value qkv = tensor({2, 5, 19});
  Attention attention{.heads = 2, .head_dim = 3, .k_column = 6, .v_column = 13};
  EXPECT_EQ(shape_of(attention, {qkv, qkv, qkv}), (Shape{2, 5, 6}));
  attention.v_column = 14;
  EXPECT_EQ(error_of(attention, {qkv, qkv, qkv}), "node: Attention: input 2: expected columns 14 to 20, got [2,5,19]");
  const Attention plain{.heads = 1, .head_dim = 4};
  EXPECT_EQ(error_of(plain, {tensor({2, 5, 4}), tensor({2, 7, 4}), tensor({2, 6, 4})}),
            "node: Attention: expected as many keys as values, got 7 and 6");
  EXPECT_EQ(error_of(plain, {tensor({2, 5, 4}), tensor({1, 7, 4}), tensor({2, 7, 4})}),
            "node: Attention: input 1: expected a batch of 2, got 1");
  const Attention causal{.heads = 1, .head_dim = 4, .mask = AttentionMask::causal};
  EXPECT_EQ(error_of(causal, {tensor({2, 5, 4}), tensor({2, 3, 4}), tensor({2, 3, 4})}),
            "node: Attention: causal: expected at least as many keys as queries, got 3 and 5");
  EXPECT_EQ(error_of(Attention{.heads = 0}, {qkv, qkv, qkv}),
            "node: Attention: expected heads with columns, got 0 heads of 1");
}

TEST_F(InferTest, TablesAreLookedUp) {
  const Value ids = graph_.input("ids", DType::i32, {2, 5}, Rate::request);
  EXPECT_EQ(shape_of(Embedding{parameter({9, 3})}, {ids}), (Shape{2, 5, 3}));
  EXPECT_EQ(error_of(Embedding{parameter({9, 3})}, {tensor({2, 5})}), "node: Embedding: expected i32 ids, got f32");
  EXPECT_EQ(error_of(Activate{}, {ids}), "node: Activate: expected f32, got i32");
  EXPECT_EQ(shape_of(AddPositions{parameter({9, 3})}, {tensor({2, 5, 3})}), (Shape{2, 5, 3}));
  EXPECT_EQ(error_of(AddPositions{parameter({4, 3})}, {tensor({2, 5, 3})}),
            "node: AddPositions: w: expected at least [5,3], got [4,3]");
  EXPECT_EQ(shape_of(TimestepEmbedding{.dim = 7}, {tensor({3})}), (Shape{3, 7}));
}

TEST_F(InferTest, ShapesAreChanged) {
  EXPECT_EQ(shape_of(Concat{}, {tensor({2, 5, 3}), tensor({2, 5, 4}), tensor({2, 5, 1})}), (Shape{2, 5, 8}));
  EXPECT_EQ(error_of(Concat{}, {tensor({2, 5, 3}), tensor({2, 6, 4})}),
            "node: Concat: input 1: expected [2,5,4], got [2,6,4]");
  EXPECT_EQ(error_of(Concat{}, {tensor({2, 5, 3})}), "node: Concat: expected two or more inputs, got 1");
  EXPECT_EQ(shape_of(Upsample{5, 9}, {tensor({1, 3, 3, 2})}), (Shape{1, 5, 9, 2}));
  EXPECT_EQ(error_of(Upsample{0, 9}, {tensor({1, 3, 3, 2})}), "node: Upsample: expected a positive size, got 0x9");
  EXPECT_EQ(shape_of(Reshape{{9, 2}}, {tensor({1, 3, 3, 2})}), (Shape{1, 9, 2}));
  EXPECT_EQ(error_of(Reshape{{9, 3}}, {tensor({1, 3, 3, 2})}),
            "node: Reshape: expected as many elements as [1,3,3,2], got [1,9,3]");
}

TEST_F(InferTest, InputsHavePositiveExtents) {
  EXPECT_EQ(error_of(Input{"x", DType::f32, {2, 0}, Rate::latent}, {}),
            "node: Input: expected positive extents, got [2,0]");
}

TEST_F(InferTest, AValueDependsOnAllThatItsInputsDependOn) {
  const Value request = tensor({2, 3}, Rate::request), timestep = tensor({2, 3}, Rate::timestep),
              latent = tensor({2, 3}, Rate::latent);
  const auto rate = [&](Value a, Value b) { return graph_.node(graph_.add(Add{}, {a, b}, "node")).rate; };
  EXPECT_EQ(rate(request, request), Rate::request);
  EXPECT_EQ(rate(request, timestep), Rate::request | Rate::timestep);
  EXPECT_EQ(rate(latent, request), Rate::latent | Rate::request);
}

TEST_F(InferTest, LayersWithSlotsAndTimestepsHaveARowForEachSample) {
  const Value table = graph_.input("table", DType::f32, {5, 2}, Rate::request, Extent::shared);
  EXPECT_EQ(error_of(Linear{{slot({3, 2})}}, {table}),
            "node: Linear: expected a row for each sample, got a value that is shared by them");
  EXPECT_EQ(error_of(Input{"t", DType::f32, {1}, Rate::timestep, Extent::shared}, {}),
            "node: Input: expected a row for each sample of a value that depends on the timestep");
}

TEST_F(InferTest, InputsThatDisagreeOnTheBatchAreNamed) {
  (void)graph_.input("sample", DType::f32, {2, 3}, Rate::latent);
  (void)graph_.input("positions", DType::f32, {7, 3}, Rate::request, Extent::shared);
  EXPECT_EQ(graph_.batch(), 2);
  (void)graph_.input("text", DType::f32, {3, 5}, Rate::request);
  try {
    (void)graph_.batch();
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "text: Input: expected a batch of 2 as the inputs before it, got [3,5]");
  }
}

}  // namespace
}  // namespace veneer::graph
