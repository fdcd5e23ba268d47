#include "nn/builder.h"

#include <gtest/gtest.h>

#include <array>

#include "base/error.h"

namespace veneer::nn {
namespace {

using checkpoint::Checkpoint;

Tensor zeros(const Shape& shape) {
  return Tensor::from_f32(shape, std::vector<float>(static_cast<std::size_t>(element_count(shape))));
}

class BuilderTest : public testing::Test {
 protected:
  template <class Build>
  static std::pair<ErrorCode, std::string> error_of(Build&& build) {
    try {
      (void)build();
    } catch (const Error& e) {
      return {e.code(), e.what()};
    }
    return {ErrorCode::internal, "accepted"};
  }

  const Checkpoint checkpoint_{{{"a.fc.weight", zeros({3, 2})},
                                {"a.fc.bias", zeros({3})},
                                {"a.no_bias.weight", zeros({3, 2})},
                                {"a.pointwise.weight", zeros({3, 2, 1, 1})},
                                {"a.pointwise.bias", zeros({3})},
                                {"a.conv.weight", zeros({4, 2, 3, 3})},
                                {"a.conv.bias", zeros({4})},
                                {"a.query.weight", zeros({2, 2})},
                                {"a.ids.weight", Tensor::from_i64({2, 2}, {1, 2, 3, 4})}},
                               "weights.safetensors"};
  const WeightSource weights_{checkpoint_};
  graph::Graph graph_;
  Value x_ = graph_.input("x", DType::f32, {1, 5, 2}, graph::Rate::latent);
  Value image_ = graph_.input("image", DType::f32, {1, 5, 5, 2}, graph::Rate::latent);
  const Builder b_ = Builder(graph_, weights_, "unet").scope("a");
};

TEST_F(BuilderTest, NamesNodesSlotsAndParametersByPath) {
  const graph::Node& node = graph_.node(b_.linear("fc", x_, 3));
  EXPECT_EQ(node.name, "unet.a.fc");
  const graph::SlotWeight& part = std::get<graph::Linear>(node.op).parts.at(0);
  EXPECT_EQ(part.slot, "unet.a.fc");
  EXPECT_EQ(part.weight.name, "unet.a.fc.weight");
  EXPECT_EQ(part.bias.value().name, "unet.a.fc.bias");
  EXPECT_EQ(node.shape, (Shape{1, 5, 3}));
}

TEST_F(BuilderTest, LinearTakesTheKernelOfAPointwiseConvolution) {
  EXPECT_EQ(b_.shape(b_.linear("pointwise", x_, 3)), (Shape{1, 5, 3}));
  EXPECT_EQ(b_.shape(b_.conv2d("pointwise", image_, 3, same_size(1))), (Shape{1, 5, 5, 3}));
}

TEST_F(BuilderTest, ConvolutionsHaveSizes) {
  EXPECT_EQ(b_.shape(b_.conv2d("conv", image_, 4)), (Shape{1, 5, 5, 4}));
  EXPECT_EQ(b_.shape(b_.conv2d("conv", image_, 4, {.stride = 2})), (Shape{1, 3, 3, 4}));
  EXPECT_EQ(b_.shape(b_.conv2d("conv", image_, 4, {.stride = 2, .padding = {.bottom = 1, .right = 1}})),
            (Shape{1, 2, 2, 4}));
}

TEST_F(BuilderTest, ReadsOtherSpellings) {
  const std::array<Spelling, 2> spellings = {{{".to_k.", ".key."}, {".to_q.", ".query."}}};
  const Builder b(graph_, weights_, "vae", spellings);
  const graph::Node& node = graph_.node(b.linear("a.to_q", x_, 2, Bias::without));
  EXPECT_EQ(std::get<graph::Linear>(node.op).parts.at(0).weight.name, "vae.a.to_q.weight");
}

TEST_F(BuilderTest, SaysWhatIsMissing) {
  EXPECT_EQ(error_of([&] { return b_.linear("fd", x_, 3); }),
            std::pair(ErrorCode::not_found,
                      std::string("unet.a.fd.weight: expected [3,2], got no such tensor (weights.safetensors)")));
  EXPECT_EQ(error_of([&] { return b_.linear("no_bias", x_, 3); }),
            std::pair(ErrorCode::not_found,
                      std::string("unet.a.no_bias.bias: expected [3], got no such tensor (weights.safetensors)")));
  EXPECT_EQ(error_of([&] { return b_.linear("no_bias", x_, 3, Bias::without); }).second, "accepted");
}

TEST_F(BuilderTest, SaysWhatDoesNotFit) {
  EXPECT_EQ(error_of([&] { return b_.linear("fc", x_, 4); }),
            std::pair(ErrorCode::invalid_argument,
                      std::string("unet.a.fc.weight: expected [4,2], got f32[3,2] (weights.safetensors)")));
  EXPECT_EQ(error_of([&] { return b_.conv2d("conv", image_, 4, same_size(5)); }),
            std::pair(ErrorCode::invalid_argument,
                      std::string("unet.a.conv.weight: expected [4,2,5,5], got f32[4,2,3,3] (weights.safetensors)")));
  EXPECT_EQ(error_of([&] { return b_.linear("ids", x_, 2, Bias::without); }),
            std::pair(ErrorCode::invalid_argument,
                      std::string("unet.a.ids.weight: expected [2,2], got i64[2,2] (weights.safetensors)")));
}

TEST_F(BuilderTest, LeavesOutWhatChangesNothing) {
  EXPECT_EQ(b_.affine(x_, 1), x_);
  EXPECT_EQ(b_.activate(x_, Activation::none), x_);
  EXPECT_NE(b_.affine(x_, 1, 0.5), x_);
}

TEST_F(BuilderTest, HeadsDivideTheColumns) {
  EXPECT_EQ(b_.shape(b_.attention(x_, x_, x_, {.heads = 2})), (Shape{1, 5, 2}));
  EXPECT_EQ(error_of([&] { return b_.attention(x_, x_, x_, {.heads = 3}); }).second,
            "unet.a: expected a number of heads that divides 2 channels, got 3");
}

}  // namespace
}  // namespace veneer::nn
