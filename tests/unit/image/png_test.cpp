#include "image/png.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "image/webp.h"

namespace veneer::image {
namespace {

Image filled(std::int64_t width, std::int64_t height, std::size_t bytes) {
  return {width, height, std::vector<std::uint8_t>(bytes, 200)};
}

TEST(Png, ReadsWhatItWrites) {
  Image picture = filled(3, 2, 18);
  picture.rgb[4] = 7;
  const std::string file = encode_png(picture, {{"parameters", "red apple"}, {"title", "猫"}});
  EXPECT_EQ(decode_png(file, "a.png").rgb, picture.rgb);
  EXPECT_EQ(read_png_text(file, "a.png"), (PngText{{"parameters", "red apple"}, {"title", "猫"}}));
  EXPECT_THROW(decode_png(file.substr(0, 60), "a.png"), Error);
}

TEST(Encode, RefusesAPictureThatIsNotItsSize) {
  const Image wrong[] = {filled(4, 4, 47), filled(4, 4, 49),  filled(4, 4, 0),
                         filled(0, 4, 0),  filled(-1, -1, 3), filled(std::int64_t{1} << 32, std::int64_t{1} << 32, 0),
                         filled(1, 1, 4)};
  for (const Image& image : wrong) {
    EXPECT_THROW(encode_png(image), Error) << image.width << "x" << image.height;
    EXPECT_THROW(encode_webp(image), Error) << image.width << "x" << image.height;
  }
  try {
    encode_png(wrong[0]);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_STREQ(error.what(), "PNG: expected 3 bytes for each of 4x4 pixels, got 47");
  }
}

}  // namespace
}  // namespace veneer::image
