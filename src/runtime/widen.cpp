#include "runtime/widen.h"

#include "runtime/kernels/convert.h"

namespace veneer::runtime {

void widen(const Tensor& tensor, float* to) {
  const bool aligned = reinterpret_cast<std::uintptr_t>(tensor.bytes().data()) % alignof(std::uint16_t) == 0;
  const auto* halves = reinterpret_cast<const std::uint16_t*>(tensor.bytes().data());
  if (tensor.dtype() == DType::f16 && aligned) return f16_to_f32(halves, to, tensor.size());
  if (tensor.dtype() == DType::bf16 && aligned) return bf16_to_f32(halves, to, tensor.size());
  convert_to_f32(tensor.dtype(), tensor.bytes().data(), {to, static_cast<std::size_t>(tensor.size())});
}

}  // namespace veneer::runtime
