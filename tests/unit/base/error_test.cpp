#include "base/error.h"

#include <gtest/gtest.h>

#include "base/check.h"

namespace veneer {
namespace {

TEST(Error, CarriesCodeAndFormattedMessage) {
  try {
    fail(ErrorCode::not_found, "{}: expected {}, got {}", "unet", 3, "nothing");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::not_found);
    EXPECT_STREQ(e.what(), "unet: expected 3, got nothing");
  }
}

TEST(Check, NamesBothValues) {
  try {
    VENEER_CHECK_EQ(1 + 1, 3);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::internal);
    EXPECT_NE(std::string(e.what()).find("2 != 3"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace veneer
