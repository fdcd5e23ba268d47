#include "tensor/tensor.h"

#include "base/check.h"

namespace veneer {
namespace {

template <class T>
Tensor own(DType dtype, Shape shape, std::vector<T> values) {
  VENEER_CHECK_EQ(static_cast<std::int64_t>(values.size()), element_count(shape));
  auto owner = std::make_shared<const std::vector<T>>(std::move(values));
  const auto bytes = std::as_bytes(std::span(*owner));
  return {dtype, std::move(shape), bytes, std::move(owner)};
}

}  // namespace

Tensor::Tensor(DType dtype, Shape shape, std::span<const std::byte> bytes, std::shared_ptr<const void> owner)
    : dtype_(dtype), shape_(std::move(shape)), bytes_(bytes), owner_(std::move(owner)) {
  VENEER_CHECK_EQ(bytes_.size(), static_cast<std::size_t>(size()) * size_of(dtype_));
}

Tensor Tensor::from_f32(Shape shape, std::vector<float> values) {
  return own(DType::f32, std::move(shape), std::move(values));
}

Tensor Tensor::from_i64(Shape shape, std::vector<std::int64_t> values) {
  return own(DType::i64, std::move(shape), std::move(values));
}

std::span<const float> Tensor::f32() const {
  VENEER_CHECK_EQ(to_string(dtype_), to_string(DType::f32));
  VENEER_CHECK_EQ(reinterpret_cast<std::uintptr_t>(bytes_.data()) % alignof(float), std::uintptr_t{0});
  return {reinterpret_cast<const float*>(bytes_.data()), static_cast<std::size_t>(size())};
}

std::vector<float> Tensor::to_f32() const {
  if (!is_floating(dtype_)) fail(ErrorCode::unsupported, "expected a floating type, got {}", describe());
  std::vector<float> values(static_cast<std::size_t>(size()));
  convert_to_f32(dtype_, bytes_.data(), values);
  return values;
}

std::string Tensor::describe() const {
  return fmt::format("{}{}", to_string(dtype_), to_string(shape_));
}

}  // namespace veneer
