#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace veneer {
namespace {

std::string error_of(std::string_view text) {
  try {
    parse_json(text, "a.json", 4);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::corrupt_file);
    return e.what();
  }
  return "";
}

TEST(Json, ParsesWhatIsValid) {
  EXPECT_EQ(parse_json(R"({"a": [1, {"b": null}]})", "x")["a"][0], 1);
  EXPECT_EQ(error_of("[[[[1]]]]"), "");
}

TEST(Json, RefusesBadTextAndSaysWhere) {
  EXPECT_THAT(error_of("{"), testing::StartsWith("a.json: not valid JSON"));
  EXPECT_THAT(error_of("[[[[[1]]]]]"), testing::HasSubstr("deeper than 4"));
  EXPECT_THAT(error_of(R"({"a":1,"a":2})"), testing::HasSubstr("\"a\" stands twice"));
  EXPECT_THAT(error_of("\"\xff\""), testing::StartsWith("a.json: not valid JSON"));
  EXPECT_EQ(error_of(R"({"a":{"a":1},"b":{"a":2}})"), "");
  EXPECT_EQ(error_of("<html>login required</html>"),
            "a.json: expected JSON, got a web page (HTML or XML): the download failed");
}

TEST(Json, OrderedKeepsTheOrderOfNamesAndRefusesTheSame) {
  const OrderedJson json = parse_ordered_json(R"({"z":{"b":1,"a":2},"c":3})", "x");
  EXPECT_EQ(json.dump(), R"({"z":{"b":1,"a":2},"c":3})");
  EXPECT_THROW(parse_ordered_json(R"({"a":1,"a":2})", "x"), Error);
  EXPECT_THROW(parse_ordered_json("[[[1]]]", "x", 2), Error);
}

}  // namespace
}  // namespace veneer
