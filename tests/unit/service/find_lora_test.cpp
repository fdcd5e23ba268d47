#include "service/find_lora.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "checkpoint/safetensors.h"
#include "support/scratch.h"
#include "tensor/tensor.h"

namespace veneer::service {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

class FindLora : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& output_name = "") const {
    std::map<std::string, std::string> metadata;
    if (!output_name.empty()) metadata["ss_output_name"] = output_name;
    folder_.write(name, checkpoint::serialize_safetensors({{"x", Tensor::from_f32({1}, {0})}}, metadata));
  }
  /// The path below the folder, or the message.
  [[nodiscard]] std::string found(const std::string& name) const {
    try {
      return find_lora(folder_.path(), name).lexically_relative(folder_.path()).generic_string();
    } catch (const Error& e) {
      return e.what();
    }
  }
  testing_support::ScratchFolder folder_;
};

TEST_F(FindLora, ByNameInSubfoldersWithOrWithoutExtensionInAnyCase) {
  write("Ink.safetensors");
  write("styles/flat.safetensors");
  write("styles/old/gloss_v2-000010.safetensors", "gloss");
  folder_.write("peft/adapter_config.json", "{}");
  folder_.write("two/unet/adapter_config.json", "{}");
  write("peft/adapter_model.safetensors");
  write("saved/pytorch_lora_weights.safetensors");
  EXPECT_EQ(found("Ink"), "Ink.safetensors");
  EXPECT_EQ(found("ink"), "Ink.safetensors");
  EXPECT_EQ(found("INK.safetensors"), "Ink.safetensors");
  EXPECT_EQ(found("flat"), "styles/flat.safetensors");
  EXPECT_EQ(found("styles/flat"), "styles/flat.safetensors");
  EXPECT_EQ(found("Gloss"), "styles/old/gloss_v2-000010.safetensors") << "by the header";
  EXPECT_EQ(found("peft"), "peft");
  EXPECT_EQ(found("two"), "two");
  EXPECT_EQ(found("saved"), "saved");
  EXPECT_THAT(found(".."), HasSubstr("no such adapter"));
  EXPECT_THAT(found("../x"), HasSubstr("no such adapter"));
}

TEST_F(FindLora, WhatFitsBetterCountsAndTwoEqualsAreRefused) {
  write("a/ink.safetensors");
  write("b/ink.safetensors");
  EXPECT_THAT(found("ink"), HasSubstr("found a/ink.safetensors, b/ink.safetensors: write more of the name"));
  EXPECT_EQ(found("b/ink"), "b/ink.safetensors");
  write("ink.safetensors");
  EXPECT_EQ(found("ink"), "ink.safetensors") << "nearer than those in subfolders";
  write("Fox.safetensors");
  write("fox.safetensors");
  EXPECT_EQ(found("fox"), "fox.safetensors");
  EXPECT_THAT(found("FOX"), HasSubstr("expected one adapter"));
  folder_.write("fox/adapter_config.json", "{}");
  EXPECT_THAT(found("fox"), HasSubstr("found fox, fox.safetensors"));
  EXPECT_EQ(found("fox.safetensors"), "fox.safetensors");
}

TEST_F(FindLora, TheHintIsShortNearestFirstAndWithoutFolders) {
  EXPECT_THAT(found("ink"), EndsWith("there is none"));
  for (int i = 0; i < 40; ++i) write(fmt::format("adapter_{:02}.safetensors", i));
  write("zebra_ink.safetensors");
  folder_.write("zebra_unk/notes.txt", "x");
  const std::string hint = found("Zebra_Inc");
  EXPECT_THAT(hint, AllOf(HasSubstr("; did you mean zebra_ink; there are 41, such as zebra_ink, adapter_00, "),
                          Not(HasSubstr("zebra_unk")), EndsWith("adapter_08")));
  EXPECT_THROW((void)find_lora(folder_.path() / "none", "ink"), Error);
}

}  // namespace
}  // namespace veneer::service
