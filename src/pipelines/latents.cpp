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

/// visit(place in [N,C,h,w], place in rows of squares) for every number.
template <class Visit>
void for_each_square(const ImageSize& size, Visit&& visit) {
  const std::int64_t rows = size.height / 2, columns = size.width / 2;
  for (std::int64_t n = 0; n < size.batch; ++n)
    for (std::int64_t c = 0; c < size.channels; ++c)
      for (std::int64_t y = 0; y < size.height; ++y)
        for (std::int64_t x = 0; x < size.width; ++x) {
          const std::int64_t square = (n * rows + y / 2) * columns + x / 2;
          visit(static_cast<std::size_t>(((n * size.channels + c) * size.height + y) * size.width + x),
                static_cast<std::size_t>((square * size.channels + c) * 4 + y % 2 * 2 + x % 2));
        }
}

}  // namespace

void to_rows(Packing packing, const ImageSize& size, std::span<const float> from, std::span<float> to) {
  if (packing == Packing::pixels) return to_channels_last(size, from, to);
  for_each_square(size, [&](std::size_t image, std::size_t row) { to[row] = from[image]; });
}

void from_rows(Packing packing, const ImageSize& size, std::span<const float> from, std::span<float> to) {
  if (packing == Packing::pixels) return to_channels_first(size, from, to);
  for_each_square(size, [&](std::size_t image, std::size_t row) { to[image] = from[row]; });
}

void to_channels_last(const ImageSize& size, std::span<const float> from, std::span<float> to) {
  transpose(size.batch, size.channels, size.height * size.width, from, to);
}

void to_channels_first(const ImageSize& size, std::span<const float> from, std::span<float> to) {
  transpose(size.batch, size.height * size.width, size.channels, from, to);
}

}  // namespace veneer::pipelines
