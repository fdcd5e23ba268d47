#include "pipelines/latents.h"

#include "base/check.h"

namespace veneer::pipelines {
namespace {

/// to[n,b,a] = from[n,a,b]
void transpose(std::int64_t batch, std::int64_t rows, std::int64_t columns, std::span<const float> from,
               std::span<float> to) {
  VENEER_CHECK(from.size() == to.size() && static_cast<std::int64_t>(from.size()) == batch * rows * columns);
  for (std::int64_t n = 0; n < batch; ++n)
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t column = 0; column < columns; ++column)
        to[static_cast<std::size_t>((n * columns + column) * rows + row)] =
            from[static_cast<std::size_t>((n * rows + row) * columns + column)];
}

}  // namespace

void to_channels_last(const ImageSize& size, std::span<const float> from, std::span<float> to) {
  transpose(size.batch, size.channels, size.height * size.width, from, to);
}

void to_channels_first(const ImageSize& size, std::span<const float> from, std::span<float> to) {
  transpose(size.batch, size.height * size.width, size.channels, from, to);
}

}  // namespace veneer::pipelines
