#include "runtime/weighted.h"

#include <string_view>

#include "base/parallel.h"

namespace veneer::runtime {
namespace {

using Desc = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;
constexpr auto kF32 = dnnl::memory::data_type::f32;

/// y is stored like x, channels last; the residual is a tensor of y's shape.
dnnl::primitive_attr attributes(const WeightedShape& shape, const Desc& dst) {
  dnnl::primitive_attr result;
  result.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (shape.residual == WeightedShape::Residual::added) {
    dnnl::post_ops post_ops;
    post_ops.append_binary(dnnl::algorithm::binary_add, dst);
    result.set_post_ops(post_ops);
  }
  return result;
}

template <class PrimitiveDesc>
bool is_reference(const PrimitiveDesc& desc) {
  return std::string_view(desc.impl_info_str()).starts_with("ref");
}

dnnl::matmul::primitive_desc matmul(const WeightedShape& shape, const Desc& weights) {
  const Desc src({shape.rows, shape.in}, kF32, Tag::ab), dst({shape.rows, shape.out}, kF32, Tag::ab);
  return {{src, weights, bias_layout(shape), dst}, attributes(shape, dst), cpu_engine()};
}

dnnl::convolution_forward::primitive_desc convolution(const WeightedShape& shape, const Desc& weights) {
  const auto& image = *shape.image;
  const Desc src({image.batch, shape.in, image.height, image.width}, kF32, Tag::nhwc),
      dst({image.batch, shape.out, image.out_height, image.out_width}, kF32, Tag::nhwc);
  const dnnl::convolution_forward::desc operation(
      dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, src, weights, bias_layout(shape), dst,
      {image.stride, image.stride}, {image.padding.top, image.padding.left},
      {image.padding.bottom, image.padding.right});
  return {operation, attributes(shape, dst), cpu_engine()};
}

/// use(primitive_desc) for the shape over such weights, unless oneDNN has only its reference implementation.
template <class Use>
auto described(const WeightedShape& shape, const Desc& weights, const Use& use)
    -> std::optional<decltype(use(matmul(shape, weights)))> {
  try {
    const auto unless_reference = [&](const auto& desc) {
      return is_reference(desc) ? std::nullopt : std::optional(use(desc));
    };
    return shape.image ? unless_reference(convolution(shape, weights)) : unless_reference(matmul(shape, weights));
  } catch (const dnnl::error& e) {
    if (e.status == dnnl_unimplemented) return std::nullopt;
    fail(e.status == dnnl_out_of_memory ? ErrorCode::out_of_memory : ErrorCode::internal, "oneDNN: {}", e.what());
  }
}

dnnl::matmul primitive(const dnnl::matmul::primitive_desc& desc) {
  return dnnl::matmul(desc);
}
dnnl::convolution_forward primitive(const dnnl::convolution_forward::primitive_desc& desc) {
  return dnnl::convolution_forward(desc);
}

/// The problem that decides a weight's layout: 256 rows, or two images of 32x32, a common size in the middle.
WeightedShape canonical(const WeightedShape& shape) {
  WeightedShape result;
  result.in = shape.in;
  result.out = shape.out;
  result.rows = 256;
  if (!shape.image) return result;
  constexpr std::int64_t kBatch = 2, kSide = 32;
  const std::int64_t height = shape.image->kernel_height, width = shape.image->kernel_width;
  const graph::Padding padding = {(height - 1) / 2, (width - 1) / 2, height / 2, width / 2};
  result.image = {kBatch, kSide, kSide, kSide, kSide, height, width, 1, padding};
  result.rows = kBatch * kSide * kSide;
  return result;
}

dnnl::memory::dims weight_dims(const WeightedShape& shape) {
  if (!shape.image) return {shape.in, shape.out};
  return {shape.out, shape.in, shape.image->kernel_height, shape.image->kernel_width};
}

}  // namespace

const dnnl::engine& cpu_engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::memory::desc plain_weights(const WeightedShape& shape) {
  return {weight_dims(shape), kF32, shape.image ? Tag::oihw : Tag::ba};
}

dnnl::memory::desc bias_layout(const WeightedShape& shape) {
  return shape.image ? Desc({shape.out}, kF32, Tag::a) : Desc({1, shape.out}, kF32, Tag::ab);
}

dnnl::memory::desc weight_layout(const WeightedShape& shape) {
  ThreadBudget one(1);
  const ThreadLease alone(one, 1);
  const Desc any(weight_dims(shape), kF32, Tag::any);
  const auto layout = described(canonical(shape), any, [](const auto& desc) { return desc.weights_desc(); });
  if (!layout) fail(ErrorCode::unsupported, "oneDNN has no implementation for weights of {}x{}", shape.out, shape.in);
  return *layout;
}

std::optional<WeightedPrimitive> make_weighted(const WeightedShape& shape, const Desc& weights) {
  return described(shape, weights, [](const auto& desc) {
    return WeightedPrimitive{primitive(desc), desc.src_desc(), desc.dst_desc(), desc.scratchpad_desc()};
  });
}

}  // namespace veneer::runtime
