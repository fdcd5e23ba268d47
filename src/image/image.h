// A picture of 8-bit RGB. A value; free functions that any thread may call.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace veneer::image {

struct Image {
  std::int64_t width = 0, height = 0;
  std::vector<std::uint8_t> rgb{};  ///< [height, width, 3]
};

/// Throws Error invalid_argument unless there is a pixel and `rgb` holds as many as width and height say. `where` opens
/// the message.
void check_size(const Image& image, std::string_view where);

/// `planes` is [3, height, width] in 0..1. Rounded as diffusers does, `(x * 255).round()` in f32 with ties to even;
/// what lies outside 0..1 is clamped, NaN is black.
Image from_planes(std::span<const float> planes, std::int64_t height, std::int64_t width);

}  // namespace veneer::image
