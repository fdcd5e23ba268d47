// WebP files. A free function that any thread may call.
#pragma once

#include <string>

#include "image/image.h"

namespace veneer::image {

/// A lossless WebP file: the same pixels as the PNG in about three quarters of its bytes.
/// Throws Error invalid_argument for more than 16383 pixels along a side, and as check_size() does.
std::string encode_webp(const Image& image);

}  // namespace veneer::image
