// A value: element type, shape, shared bytes in row-major order. Cheap to copy; no arithmetic.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace veneer {

/// The bytes are shared and never change once a Tensor holds them, so tensors may be read by any number of threads.
class Tensor {
 public:
  Tensor() = default;

  /// Bytes that `owner` keeps alive (a mapped file, say). bytes.size() must be element_count(shape) * size_of(dtype).
  Tensor(DType dtype, Shape shape, std::span<const std::byte> bytes, std::shared_ptr<const void> owner);

  /// Takes the values over. values.size() must be element_count(shape).
  static Tensor from_f32(Shape shape, std::vector<float> values);
  static Tensor from_i64(Shape shape, std::vector<std::int64_t> values);

  [[nodiscard]] DType dtype() const { return dtype_; }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] std::int64_t size() const { return element_count(shape_); }
  [[nodiscard]] std::int64_t dim(std::size_t axis) const { return shape_.at(axis); }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

  /// The values themselves. Throws Error internal unless dtype() is f32 and the bytes are aligned for it.
  [[nodiscard]] std::span<const float> f32() const;

  /// The values converted to f32. Throws Error unsupported unless the type is floating.
  [[nodiscard]] std::vector<float> to_f32() const;

  /// "f16[320,4,3,3]"
  [[nodiscard]] std::string describe() const;

 private:
  DType dtype_ = DType::f32;
  Shape shape_;
  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;
};

}  // namespace veneer
