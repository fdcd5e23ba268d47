// Linear layers and convolutions as oneDNN primitives: the operations that hold packed weights and adapter slots.
//
// A weight has one layout, whatever shapes it is used at: see weight_layout(). A shape for which oneDNN has no
// implementation over that layout is computed by convolve() (kernels/convolution.h) over the same bytes.
#pragma once

#include <cstdint>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <vector>

#include "graph/ops.h"

namespace veneer::runtime {

/// y[rows,out] = x[rows,in] W + b (+ residual), or a 2-d convolution over x [N,H,W,in].
struct WeightedShape {
  struct Image {
    std::int64_t batch, height, width, out_height, out_width, kernel_height, kernel_width, stride;
    graph::Padding padding;
  };
  std::int64_t rows = 0;  ///< of y; for a convolution N * out_height * out_width
  std::int64_t in = 0, out = 0;
  std::optional<Image> image;  ///< of a convolution
  enum class Residual { none, added } residual = Residual::none;
};

/// Immutable; may be executed by any number of threads, each with memory objects of its own.
struct WeightedPrimitive {
  dnnl::primitive primitive;
  dnnl::memory::desc src, dst, scratchpad;
};

/// The process's CPU engine.
const dnnl::engine& cpu_engine();

/// The layout that a weight is packed in: what oneDNN likes best for one fixed problem on one thread. It depends on the
/// weight's extents and the processor alone, not on the shape that comes first nor on the number of threads
/// (docs/decisions/one-layout-a-weight.md). Throws Error unsupported, out_of_memory or internal.
dnnl::memory::desc weight_layout(const WeightedShape& shape);

/// Creates the primitive over weights that lie so. None if oneDNN has only its reference implementation for that
/// layout. Primitives are created for as many threads as the calling thread's team has. Throws Error out_of_memory or
/// internal.
std::optional<WeightedPrimitive> make_weighted(const WeightedShape& shape, const dnnl::memory::desc& weights);

/// The plain layout of a stored weight: [out,in] or [out,in,kh,kw], row-major.
dnnl::memory::desc plain_weights(const WeightedShape& shape);
/// A bias as the primitives take it.
dnnl::memory::desc bias_layout(const WeightedShape& shape);

/// Calls oneDNN and turns its exceptions into ours; `what` names the operation.
template <class Call>
auto with_onednn(std::string_view what, Call&& call) -> decltype(call());

}  // namespace veneer::runtime

#include "base/error.h"

namespace veneer::runtime {

template <class Call>
auto with_onednn(std::string_view what, Call&& call) -> decltype(call()) {
  try {
    return call();
  } catch (const dnnl::error& e) {
    const bool memory = e.status == dnnl_out_of_memory;
    fail(memory ? ErrorCode::out_of_memory : ErrorCode::internal, "oneDNN: {}: {}", what, e.what());
  }
}

}  // namespace veneer::runtime
