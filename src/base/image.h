// 8-bit pictures and their files: PNG in and out, WebP out. Values; free functions that any thread may call.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace veneer {

struct Image {
  std::int64_t width = 0, height = 0;
  std::vector<std::uint8_t> rgb{};  ///< [height, width, 3]
};

/// Keyword -> text in UTF-8, as a PNG file carries it.
using ImageText = std::map<std::string, std::string>;

/// `planes` is [3, height, width] in 0..1. Rounded as diffusers does, `(x * 255).round()` in f32 with ties to even;
/// what lies outside 0..1 is clamped, NaN is black.
Image image_from_planes(std::span<const float> planes, std::int64_t height, std::int64_t width);

/// A PNG file. Text that Latin-1 can write becomes a tEXt chunk and other text an iTXt chunk, as Pillow does. Bytes
/// that are not UTF-8 are written as U+FFFD. Throws Error invalid_argument for a keyword that is not 1 to 79 printable
/// ASCII characters.
std::string encode_png(const Image& image, const ImageText& text = {});

/// A lossless WebP file: the same pixels as the PNG in about three quarters of its bytes.
/// Throws Error invalid_argument for more than 16383 pixels along a side.
std::string encode_webp(const Image& image);

/// Any PNG file as 8-bit RGB (transparency on black). `where` opens the message of an error. Throws Error corrupt_file,
/// or invalid_argument for more than 2^28 pixels.
Image decode_png(std::string_view bytes, std::string_view where);

/// The tEXt and uncompressed iTXt chunks of a PNG file. Throws Error corrupt_file.
ImageText read_png_text(std::string_view bytes, std::string_view where);

}  // namespace veneer
