#include "image/webp.h"

#include <webp/encode.h>

#include <algorithm>
#include <memory>

#include "base/error.h"

namespace veneer::image {

std::string encode_webp(const Image& image) {
  check_size(image, "WebP");
  if (std::max(image.width, image.height) > WEBP_MAX_DIMENSION)
    fail(ErrorCode::invalid_argument, "WebP: expected at most {} pixels along a side, got {}x{}", WEBP_MAX_DIMENSION,
         image.width, image.height);
  std::uint8_t* bytes = nullptr;
  const std::size_t size =
      WebPEncodeLosslessRGB(image.rgb.data(), static_cast<int>(image.width), static_cast<int>(image.height),
                            static_cast<int>(3 * image.width), &bytes);
  const std::unique_ptr<std::uint8_t, void (*)(void*)> owner(bytes, WebPFree);
  if (size == 0) fail(ErrorCode::out_of_memory, "WebP: cannot encode {}x{} pixels", image.width, image.height);
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace veneer::image
