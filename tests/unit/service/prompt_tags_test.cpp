#include "service/prompt_tags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace veneer::service {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// "TEXT|NAME=WEIGHT..."
std::string parsed(std::string_view prompt) {
  const TaggedPrompt result = parse_tags(prompt);
  std::string text = result.text;
  for (const LoraTag& tag : result.tags) text += fmt::format("|{}={}", tag.name, tag.weight);
  return text;
}

TEST(PromptTags, AreTakenOutWhateverTheirCase) {
  EXPECT_EQ(parsed("fox <lora:ink:0.5>"), "fox|ink=0.5");
  EXPECT_EQ(parsed("fox <LoRA:Ink:1>"), "fox|Ink=1");
  EXPECT_EQ(parsed("<LORA:ink> fox <Lora:flat:-2>"), "fox|ink=1|flat=-2");
  EXPECT_EQ(parsed("1 < 2 <loral:x>"), "1 < 2 <loral:x>");
  EXPECT_TRUE(has_tag("a <LoRA:ink"));
  EXPECT_TRUE(has_tag("< <LYCO:ink>"));
  EXPECT_FALSE(has_tag("a < b, lora:ink"));
}

TEST(PromptTags, OtherFormsAreRefusedByName) {
  const auto error = [](std::string_view prompt) -> std::string {
    try {
      return "accepted as " + parsed(prompt);
    } catch (const Error& e) {
      return e.what();
    }
  };
  EXPECT_THAT(error("<lora:ink:1:lbw=OUTALL>"), HasSubstr("block weights (lbw=) are not supported yet"));
  EXPECT_THAT(error("<LoRA:ink:lbw=1,0,0:0.8>"), HasSubstr("block weights (lbw=) are not supported yet"));
  EXPECT_THAT(error("<lora:ink:te=0.5:unet=1>"), HasSubstr("separate weights"));
  EXPECT_THAT(error("<lora:ink:0.5:1>"), HasSubstr("separate weights"));
  EXPECT_THAT(error("<lora:ink:1:dyn=8>"), HasSubstr("(dyn=)"));
  EXPECT_THAT(error("<lora:ink:1@0.5>"), HasSubstr("change with the step"));
  EXPECT_THAT(error("<lora:ink:1:step=0-5>"), HasSubstr("change with the step"));
  EXPECT_THAT(error("<HyperNet:ink:1>"), HasSubstr("only <lora:name:weight> is"));
}

TEST(SpecialSyntax, NamesWhatOtherProgramsReadAsMoreThanWords) {
  EXPECT_THAT(special_syntax("a (castle:1.3) BREAK [a:b:0.5], [a|b] [a] (a)"),
              ElementsAre("(castle:1.3)", "BREAK", "[a:b:0.5]", "[a|b]", "[a]", "(a)"));
  EXPECT_THAT(special_syntax("((very [big] tree:1.2), sky)"), ElementsAre("((very [big] tree:1.2), sky)"));
  EXPECT_THAT(special_syntax("fox AND hound"), ElementsAre("AND"));
  EXPECT_THAT(special_syntax(R"(a \(plain\) text, BREAKING NEWS, HANDS :) 1/2 ])"), IsEmpty());
  EXPECT_THAT(special_syntax("open (castle:1.3"), IsEmpty());
  EXPECT_THAT(special_syntax(""), IsEmpty());
  EXPECT_THAT(special_syntax("\\"), IsEmpty());
}

}  // namespace
}  // namespace veneer::service
