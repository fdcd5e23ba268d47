#include "adapters/peft_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace veneer::adapters {
namespace {

using testing::HasSubstr;

Scaling scaling(std::string_view config, std::string_view module) {
  return PeftConfig(parse_ordered_json(config, "config"), "config").scaling_of(module, 4);
}

std::string error_of(std::string_view config, ErrorCode code) {
  try {
    PeftConfig(parse_ordered_json(config, "config"), "config");
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    return e.what();
  }
  return "accepted";
}

TEST(PeftConfig, ScaleIsAlphaOverRank) {
  EXPECT_EQ(scaling(R"({"r":4,"lora_alpha":6})", "conv_in").scale, 1.5);
  EXPECT_EQ(scaling(R"({"r":4,"lora_alpha":6,"use_rslora":true})", "conv_in").scale, 3.0);
  EXPECT_EQ(scaling("{}", "conv_in").rank, 8) << "peft's default";
}

TEST(PeftConfig, PatternsMatchTheEndsOfNames) {
  const char* config = R"({"r":4,"lora_alpha":4,"rank_pattern":{"to_q":2},"alpha_pattern":{"attn2.to_v":1}})";
  EXPECT_EQ(scaling(config, "a.attn1.to_q").rank, 2);
  EXPECT_EQ(scaling(config, "a.attn1.to_q").scale, 2.0);
  EXPECT_EQ(scaling(config, "a.attn1.into_q").rank, 4);
  EXPECT_EQ(scaling(config, "a.attn2.to_v").scale, 0.25);
  EXPECT_EQ(scaling(config, "a.attn1.to_v").scale, 1.0);
  EXPECT_EQ(scaling(config, "a.to_q.b").rank, 4);
}

TEST(PeftConfig, AnchorsEscapesAndTheFirstPattern) {
  EXPECT_EQ(scaling(R"({"r":4,"rank_pattern":{"^a.b$":2}})", "a.b").rank, 2);
  EXPECT_EQ(scaling(R"({"r":4,"rank_pattern":{"^a.b":2}})", "c.a.b").rank, 4);
  EXPECT_EQ(scaling(R"({"r":4,"rank_pattern":{"a.b":2}})", "c.axb").rank, 2) << "a regular expression's dot";
  EXPECT_EQ(scaling(R"({"r":4,"rank_pattern":{"a\\.b":2}})", "c.axb").rank, 4);
  EXPECT_EQ(scaling(R"({"r":4,"rank_pattern":{"to_q":2,"a.to_q":3}})", "a.to_q").rank, 2) << "in the file's order";
}

TEST(PeftConfig, TextEncoderPatternsHoldForBothNames) {
  EXPECT_EQ(scaling(R"({"r":4,"rank_pattern":{"^encoder.layers.0":2}})", "text_model.encoder.layers.0").rank, 2);
  EXPECT_EQ(scaling(R"({"r":4,"rank_pattern":{"^text_model.encoder":2}})", "text_model.encoder").rank, 2);
}

TEST(PeftConfig, RefusesWrongTypes) {
  const auto error = [](std::string_view config) { return error_of(config, ErrorCode::corrupt_file); };
  EXPECT_THAT(error("[]"), HasSubstr("config: expected an object"));
  EXPECT_THAT(error(R"({"r":0})"), HasSubstr("r: expected a rank of at least 1, got 0"));
  EXPECT_THAT(error(R"({"r":2.5})"), HasSubstr("got 2.5"));
  EXPECT_THAT(error(R"({"r":"4"})"), HasSubstr("expected a number"));
  EXPECT_THAT(error(R"({"lora_alpha":null})"), HasSubstr("lora_alpha: expected a number, got null"));
  EXPECT_THAT(error(R"({"rank_pattern":[]})"), HasSubstr("rank_pattern: expected an object"));
  EXPECT_THAT(error(R"({"rank_pattern":{"a":-1}})"), HasSubstr("a: expected a rank"));
  EXPECT_THAT(error(R"({"use_rslora":1})"), HasSubstr("use_rslora: expected true or false"));
}

TEST(PeftConfig, LohaAndLokrCallItAlpha) {
  EXPECT_EQ(scaling(R"({"peft_type":"LOHA","r":4,"alpha":6,"use_effective_conv2d":true})", "conv_in").scale, 1.5);
  EXPECT_EQ(scaling(R"({"peft_type":"LOKR","r":4,"alpha":2,"decompose_factor":-1})", "conv_in").scale, 0.5);
}

std::string with_pattern(std::string_view pattern) {
  return Json{{"lora_alpha", 4}, {"r", 4}, {"alpha_pattern", {{pattern, 1}}}}.dump();
}

TEST(PeftConfig, PatternsAreRegularExpressions) {
  const std::string config = with_pattern("attn[12]\\.to_(q|k)");
  EXPECT_EQ(scaling(config, "blocks.0.attn2.to_k").alpha, 1);
  EXPECT_EQ(scaling(config, "blocks.0.attn3.to_k").alpha, 4);
  for (const char* pattern : {"(a", "a)", "[a", "*a", "a{3,2}", "a{2000}", "[b-a]", "a\\", "((a{99}){99}){9}"})
    EXPECT_THAT(error_of(with_pattern(pattern), ErrorCode::corrupt_file), HasSubstr("the pattern \"")) << pattern;
  EXPECT_EQ(scaling(with_pattern("(a*)*(a|a)*b"), std::string(5000, 'a')).alpha, 4) << "time in proportion";
}

TEST(PeftConfig, RefusesWhatItDoesNotKnow) {
  const auto error = [](std::string_view config) { return error_of(config, ErrorCode::unsupported); };
  EXPECT_THAT(error(R"({"use_qalora":true})"), HasSubstr("use_qalora = true is not supported yet"));
  EXPECT_THAT(error(R"({"peft_type":"OFT"})"), HasSubstr("peft_type = \"OFT\""));
  EXPECT_THAT(error(R"({"bias":"all"})"), HasSubstr("bias = \"all\""));
  EXPECT_THAT(error(R"({"init_lora_weights":"pissa"})"), HasSubstr("pissa"));
  EXPECT_THAT(error(R"({"modules_to_save":["conv_in"]})"), HasSubstr("modules_to_save"));
  EXPECT_THAT(error(R"({"of_the_future":{"a":1}})"), HasSubstr("of_the_future"));
  EXPECT_THAT(error(with_pattern("(?=a)")), HasSubstr("the pattern \"(?=a)\": (?= is not supported"));
  EXPECT_THAT(error(with_pattern("a**")), HasSubstr("a repeat of a repeat is not supported"));
  EXPECT_THAT(error(with_pattern("\\bq")), HasSubstr("\\b is not supported"));
  EXPECT_EQ(error(R"({"of_the_future":null,"use_dora":false,"init_lora_weights":"gaussian","loftq_config":{}})"),
            "accepted");
}

}  // namespace
}  // namespace veneer::adapters
