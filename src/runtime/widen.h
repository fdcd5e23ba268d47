// Stored tensors as f32.
#pragma once

#include "tensor/tensor.h"

namespace veneer::runtime {

/// Writes the tensor's elements, of any floating type, to `to`. Parallel over the calling thread's team.
void widen(const Tensor& tensor, float* to);

}  // namespace veneer::runtime
