#include "support/layout.h"

#include <cstring>
#include <memory>

#include "base/check.h"

namespace veneer::testing_support {

Tensor channels_last(const Tensor& tensor) {
  const std::vector<float> from = tensor.to_f32();
  if (tensor.shape().size() != 4) return Tensor::from_f32(tensor.shape(), from);
  const std::int64_t batch = tensor.dim(0), channels = tensor.dim(1), pixels = tensor.dim(2) * tensor.dim(3);
  std::vector<float> to(from.size());
  for (std::int64_t n = 0; n < batch; ++n)
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t p = 0; p < pixels; ++p)
        to[static_cast<std::size_t>((n * pixels + p) * channels + c)] =
            from[static_cast<std::size_t>((n * channels + c) * pixels + p)];
  return Tensor::from_f32({batch, tensor.dim(2), tensor.dim(3), channels}, std::move(to));
}

Tensor to_i32(const Tensor& ids) {
  VENEER_CHECK(ids.dtype() == DType::i64);
  std::vector<std::int32_t> values(static_cast<std::size_t>(ids.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::int64_t id = 0;
    std::memcpy(&id, ids.bytes().data() + i * sizeof id, sizeof id);
    values[i] = static_cast<std::int32_t>(id);
  }
  return from_i32(ids.shape(), values);
}

Tensor from_i32(Shape shape, const std::vector<std::int32_t>& values) {
  auto owner = std::make_shared<const std::vector<std::int32_t>>(values);
  const auto bytes = std::as_bytes(std::span(*owner));
  return {DType::i32, std::move(shape), bytes, std::move(owner)};
}

}  // namespace veneer::testing_support
