#include "runtime/weighted.h"

#include <string_view>

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

template <class Primitive>
std::optional<WeightedPrimitive> finish(const typename Primitive::primitive_desc& desc) {
  const std::string_view implementation = desc.impl_info_str();
  if (implementation.starts_with("ref")) return std::nullopt;
  return WeightedPrimitive{Primitive(desc),  desc.src_desc(), desc.weights_desc(),
                           desc.bias_desc(), desc.dst_desc(), desc.scratchpad_desc()};
}

std::optional<WeightedPrimitive> make_matmul(const WeightedShape& shape, const Desc& weights) {
  const Desc src({shape.rows, shape.in}, kF32, Tag::ab), bias({1, shape.out}, kF32, Tag::ab),
      dst({shape.rows, shape.out}, kF32, Tag::ab);
  const dnnl::matmul::primitive_desc desc({src, weights, bias, dst}, attributes(shape, dst), cpu_engine());
  auto result = finish<dnnl::matmul>(desc);
  if (result) result->bias = bias;
  return result;
}

std::optional<WeightedPrimitive> make_convolution(const WeightedShape& shape, const Desc& weights) {
  const auto& image = *shape.image;
  const Desc src({image.batch, shape.in, image.height, image.width}, kF32, Tag::nhwc), bias({shape.out}, kF32, Tag::a),
      dst({image.batch, shape.out, image.out_height, image.out_width}, kF32, Tag::nhwc);
  const dnnl::convolution_forward::desc operation(dnnl::prop_kind::forward_inference,
                                                  dnnl::algorithm::convolution_direct, src, weights, bias, dst,
                                                  {image.stride, image.stride}, {image.padding.top, image.padding.left},
                                                  {image.padding.bottom, image.padding.right});
  const dnnl::convolution_forward::primitive_desc desc(operation, attributes(shape, dst), cpu_engine());
  return finish<dnnl::convolution_forward>(desc);
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

std::optional<WeightedPrimitive> make_weighted(const WeightedShape& shape,
                                               const std::optional<dnnl::memory::desc>& weights) {
  const Desc wanted = weights ? *weights : Desc(weight_dims(shape), kF32, Tag::any);
  try {
    return shape.image ? make_convolution(shape, wanted) : make_matmul(shape, wanted);
  } catch (const dnnl::error& e) {
    if (e.status == dnnl_unimplemented) return std::nullopt;
    fail(e.status == dnnl_out_of_memory ? ErrorCode::out_of_memory : ErrorCode::internal, "oneDNN: {}", e.what());
  }
}

}  // namespace veneer::runtime
