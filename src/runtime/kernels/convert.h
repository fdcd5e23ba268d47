// Stored tensors as f32. Exact (but for f64, which is rounded). Stateless, parallel over the calling thread's team.
#pragma once

#include "tensor/tensor.h"

namespace veneer::runtime {

/// Writes the tensor's elements, of any floating type, to `to`: Tensor::to_f32 at the speed of memory.
void widen(const Tensor& tensor, float* to);

}  // namespace veneer::runtime
