// Goldens keep PyTorch's layout; graphs are channels-last and take ids as i32.
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/tensor.h"

namespace veneer::testing_support {

/// f32 [N,C,H,W] -> f32 [N,H,W,C]. Tensors of other ranks come back as they are, in f32.
Tensor channels_last(const Tensor& tensor);

/// i64 of any shape -> i32.
Tensor to_i32(const Tensor& ids);

Tensor from_i32(Shape shape, const std::vector<std::int32_t>& values);

}  // namespace veneer::testing_support
