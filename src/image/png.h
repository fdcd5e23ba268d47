// PNG files in and out, with the text that they carry. Free functions that any thread may call.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "image/image.h"

namespace veneer::image {

/// Keyword -> text in UTF-8.
using PngText = std::map<std::string, std::string>;

/// A PNG file. Text that Latin-1 can write becomes a tEXt chunk and other text an iTXt chunk, as Pillow does. Bytes
/// that are not UTF-8 are written as U+FFFD. Throws Error invalid_argument for a keyword that is not 1 to 79 printable
/// ASCII characters, and as check_size() does.
std::string encode_png(const Image& image, const PngText& text = {});

/// Any PNG file as 8-bit RGB (transparency on black). `where` opens the message of an error. Throws Error corrupt_file,
/// or invalid_argument for more than 2^28 pixels.
Image decode_png(std::string_view bytes, std::string_view where);

/// The tEXt and uncompressed iTXt chunks of a PNG file. Throws Error corrupt_file.
PngText read_png_text(std::string_view bytes, std::string_view where);

}  // namespace veneer::image
