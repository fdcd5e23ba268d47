#include "adapters/algorithms/matrices.h"

#include "base/error.h"

namespace veneer::adapters {

Tensor product(const Tensor& a, const Tensor& b) {
  const std::int64_t rows = a.dim(0), inner = b.dim(0), columns = b.size() / inner;
  const std::vector<float> left = a.to_f32(), right = b.to_f32();
  std::vector<float> result(static_cast<std::size_t>(rows * columns));
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t k = 0; k < inner; ++k) {
      const float factor = left[static_cast<std::size_t>(r * inner + k)];
      for (std::int64_t c = 0; c < columns; ++c)
        result[static_cast<std::size_t>(r * columns + c)] += factor * right[static_cast<std::size_t>(k * columns + c)];
    }
  return Tensor::from_f32({rows, columns}, std::move(result));
}

Tensor folded(const Tensor& core, const Tensor& down) {
  const std::int64_t rank = core.dim(0), inner = core.dim(1), in = down.size() / down.dim(0);
  const std::int64_t taps = core.size() / (rank * inner);
  const std::vector<float> middle = core.to_f32(), matrix = down.to_f32();
  std::vector<float> result(static_cast<std::size_t>(rank * in * taps));
  for (std::int64_t p = 0; p < rank; ++p)
    for (std::int64_t q = 0; q < inner; ++q)
      for (std::int64_t i = 0; i < in; ++i) {
        const float factor = matrix[static_cast<std::size_t>(q * in + i)];
        for (std::int64_t t = 0; t < taps; ++t)
          result[static_cast<std::size_t>((p * in + i) * taps + t)] +=
              middle[static_cast<std::size_t>((p * inner + q) * taps + t)] * factor;
      }
  const bool kernel = core.shape().size() == 4;
  return Tensor::from_f32(kernel ? Shape{rank, in, core.dim(2), core.dim(3)} : Shape{rank, in}, std::move(result));
}

Tensor transposed(const Tensor& matrix) {
  const std::int64_t rows = matrix.dim(0), columns = matrix.size() / rows;
  const std::vector<float> values = matrix.to_f32();
  std::vector<float> result(values.size());
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c)
      result[static_cast<std::size_t>(c * rows + r)] = values[static_cast<std::size_t>(r * columns + c)];
  return Tensor::from_f32({columns, rows}, std::move(result));
}

void require_matrix(const Pieces& pieces, const Found& found, std::string_view expected) {
  const Shape& shape = found.tensor.shape();
  bool good = shape.size() == 2 || shape.size() == 4;
  for (const auto extent : shape) good = good && extent > 0;
  if (!good)
    fail(ErrorCode::corrupt_file, "{}: {}: expected {}, got {}", pieces.where, found.name, expected,
         found.tensor.describe());
}

void require_extent(const Pieces& pieces, const Found& found, std::size_t axis, std::int64_t extent,
                    std::string_view expected) {
  require_matrix(pieces, found, expected);
  if (found.tensor.dim(axis) != extent)
    fail(ErrorCode::corrupt_file, "{}: {}: expected {}, got {}", pieces.where, found.name, expected,
         found.tensor.describe());
}

LowRank tucker(const Pieces& pieces, const Found& core, const Found& up, const Found& down) {
  require_matrix(pieces, core, "[rank,rank,kh,kw]");
  require_extent(pieces, up, 0, core.tensor.dim(0), fmt::format("[{},out]", core.tensor.dim(0)));
  require_extent(pieces, down, 0, core.tensor.dim(1), fmt::format("[{},in]", core.tensor.dim(1)));
  return {folded(core.tensor, down.tensor), transposed(up.tensor)};
}

}  // namespace veneer::adapters
