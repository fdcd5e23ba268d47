#include "image/image.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace veneer::image {

void check_size(const Image& image, std::string_view where) {
  constexpr std::int64_t kLongest = (std::int64_t{1} << 31) - 1;
  const bool possible = image.width > 0 && image.width <= kLongest && image.height > 0 && image.height <= kLongest;
  if (!possible || image.rgb.size() % 3 != 0 ||
      image.rgb.size() / 3 != static_cast<std::size_t>(image.width * image.height))
    fail(ErrorCode::invalid_argument, "{}: expected 3 bytes for each of {}x{} pixels, got {}", where, image.width,
         image.height, image.rgb.size());
}

Image from_planes(std::span<const float> planes, std::int64_t height, std::int64_t width) {
  const auto pixels = static_cast<std::size_t>(height * width);
  VENEER_CHECK_EQ(planes.size(), 3 * pixels);
  Image image{width, height, std::vector<std::uint8_t>(3 * pixels)};
  for (std::size_t i = 0; i < pixels; ++i)
    for (std::size_t channel = 0; channel < 3; ++channel) {
      const float value = std::nearbyint(planes[channel * pixels + i] * 255.0f);
      image.rgb[3 * i + channel] = value > 0 ? static_cast<std::uint8_t>(std::min(value, 255.0f)) : std::uint8_t{0};
    }
  return image;
}

}  // namespace veneer::image
