#include "image/png.h"

#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <optional>

#include "base/error.h"

namespace veneer::image {
namespace {

constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
constexpr std::size_t kHeaderEnd = 33;  // signature and IHDR: text may stand from here on
constexpr std::uint64_t kMostPixels = std::uint64_t{1} << 28;

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::uint32_t read_big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes.substr(0, 4)) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

std::string chunk(std::string_view type, std::string_view payload) {
  const std::string body = std::string(type) + std::string(payload);
  const uLong crc = ::crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(payload.size())) + body + big_endian(static_cast<std::uint32_t>(crc));
}

/// Takes one character off the front of `text`; nothing if its bytes are no UTF-8 (then one byte is taken).
std::optional<char32_t> take_character(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::size_t length = byte(0) < 0x80   ? 1
                             : byte(0) < 0xC2 ? 0
                             : byte(0) < 0xE0 ? 2
                             : byte(0) < 0xF0 ? 3
                             : byte(0) < 0xF5 ? 4
                                              : 0;
  char32_t character = length == 1 ? byte(0) : byte(0) & (0x7FU >> length);
  bool valid = length > 0 && length <= text.size();
  for (std::size_t i = 1; valid && i < length; ++i) {
    valid = (byte(i) & 0xC0) == 0x80;
    character = character << 6 | (byte(i) & 0x3F);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  valid = valid && character >= kLeast[length] && character <= 0x10FFFF && !(character >= 0xD800 && character < 0xE000);
  text.remove_prefix(valid ? length : 1);
  return valid ? std::optional(character) : std::nullopt;
}

/// The text in Latin-1, if Latin-1 has all its characters; a NUL would end it, so that is none of them.
std::optional<std::string> latin1(std::string_view utf8) {
  std::string result;
  while (!utf8.empty()) {
    const auto character = take_character(utf8);
    if (!character || *character > 0xFF || *character == 0) return std::nullopt;
    result += static_cast<char>(*character);
  }
  return result;
}

std::string valid_utf8(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::string_view before = text;
    const auto character = take_character(text);
    result += character && *character != 0 ? before.substr(0, before.size() - text.size()) : "\xEF\xBF\xBD";
  }
  return result;
}

std::string utf8_from_latin1(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x80) {
      result += c;
    } else {
      result += static_cast<char>(0xC0 | byte >> 6);
      result += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return result;
}

std::string text_chunk(std::string_view keyword, std::string_view text) {
  const bool printable = std::ranges::all_of(keyword, [](char c) { return c >= ' ' && c <= '~'; });
  if (keyword.empty() || keyword.size() > 79 || !printable)
    fail(ErrorCode::invalid_argument, "PNG text: keyword: expected 1 to 79 ASCII characters, got \"{}\"", keyword);
  const std::string start = std::string(keyword) + '\0';
  if (const auto narrow = latin1(text)) return chunk("tEXt", start + *narrow);
  const std::string plain_and_no_language(4, '\0');  // not compressed, method 0, language "", translated keyword ""
  return chunk("iTXt", start + plain_and_no_language + valid_utf8(text));
}

/// libpng's picture, freed with the object.
struct PngImage : png_image {
  PngImage() : png_image{} { version = PNG_IMAGE_VERSION; }
  ~PngImage() { png_image_free(this); }
  PngImage(const PngImage&) = delete;
  PngImage& operator=(const PngImage&) = delete;
};

}  // namespace

std::string encode_png(const Image& image, const PngText& text) {
  check_size(image, "PNG");
  PngImage png;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = PNG_FORMAT_RGB;
  std::string bytes(PNG_IMAGE_PNG_SIZE_MAX(png), '\0');
  png_alloc_size_t size = bytes.size();
  if (!png_image_write_to_memory(&png, bytes.data(), &size, 0, image.rgb.data(), 0, nullptr))
    fail(ErrorCode::internal, "PNG: {}", png.message);
  bytes.resize(size);
  std::string chunks;
  for (const auto& [keyword, value] : text) chunks += text_chunk(keyword, value);
  return bytes.insert(kHeaderEnd, chunks);
}

Image decode_png(std::string_view bytes, std::string_view where) {
  PngImage png;
  if (!png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()))
    fail(ErrorCode::corrupt_file, "{}: PNG: {}", where, png.message);
  if (std::uint64_t{png.width} * png.height > kMostPixels)
    fail(ErrorCode::invalid_argument, "{}: expected at most {} pixels, got {}x{}", where, kMostPixels, png.width,
         png.height);
  png.format = PNG_FORMAT_RGB;
  Image image{png.width, png.height, std::vector<std::uint8_t>(PNG_IMAGE_SIZE(png))};
  constexpr png_color kBlack{0, 0, 0};
  if (!png_image_finish_read(&png, &kBlack, image.rgb.data(), 0, nullptr))
    fail(ErrorCode::corrupt_file, "{}: PNG: {}", where, png.message);
  return image;
}

PngText read_png_text(std::string_view bytes, std::string_view where) {
  if (!bytes.starts_with(kSignature)) fail(ErrorCode::corrupt_file, "{}: not a PNG file", where);
  PngText result;
  for (bytes.remove_prefix(kSignature.size()); !bytes.empty();) {
    constexpr std::size_t kFrame = 12;  // length, type, checksum
    if (bytes.size() < kFrame || read_big_endian(bytes) > bytes.size() - kFrame)
      fail(ErrorCode::corrupt_file, "{}: PNG: a chunk ends beyond the file", where);
    const std::size_t length = read_big_endian(bytes);
    const std::string_view type = bytes.substr(4, 4), payload = bytes.substr(8, length);
    const std::size_t end = payload.find('\0');
    if (end != std::string_view::npos) {
      const std::string keyword(payload.substr(0, end));
      const std::string_view rest = payload.substr(end + 1);
      if (type == "tEXt") result[keyword] = utf8_from_latin1(rest);
      if (type == "iTXt" && rest.size() >= 2 && rest[0] == '\0') {
        const std::size_t language = rest.find('\0', 2);
        const std::size_t translated = language == rest.npos ? rest.npos : rest.find('\0', language + 1);
        if (translated != rest.npos) result[keyword] = std::string(rest.substr(translated + 1));
      }
    }
    bytes.remove_prefix(kFrame + length);
  }
  return result;
}

}  // namespace veneer::image
