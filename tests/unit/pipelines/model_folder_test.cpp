#include "pipelines/model_folder.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "checkpoint/safetensors.h"
#include "support/scratch.h"

namespace veneer::pipelines {
namespace {

std::string weights(const std::string& name) {
  return checkpoint::serialize_safetensors({{name, Tensor::from_f32({1}, {0})}});
}

TEST(RequireModelFolder, SaysWhatAFileHolds) {
  const testing_support::ScratchFolder folder;
  const std::pair<std::filesystem::path, std::string> files[] = {
      {folder.write("all.safetensors", weights("model.diffusion_model.input_blocks.0.0.weight")),
       "a single-file checkpoint, which is not supported yet: convert it to a folder"},
      {folder.write("ink.safetensors", weights("unet.conv_in.lora_A.weight")),
       "an adapter, which is applied to a model"},
      {folder.write("x.safetensors", weights("x")), "a safetensors file"},
      {folder.write("v1-5.ckpt", "PK"), "a pickle, which can run code and is not read"},
      {folder.write("model.gguf", "GGUF\x03"), "a GGUF file, which is not supported yet"},
      {folder.write("model_index.json", "{}"), "a file of it"},
      {folder.write("notes.txt", "hello"), "a file"},
  };
  for (const auto& [path, got] : files) {
    try {
      require_model_folder(path);
      ADD_FAILURE() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::unsupported);
      EXPECT_EQ(error.what(), path.string() + ": expected a diffusers folder (with model_index.json), got " + got);
    }
  }
  EXPECT_NO_THROW(require_model_folder(folder.path()));
  EXPECT_NO_THROW(require_model_folder(folder.path() / "gone"));
}

}  // namespace
}  // namespace veneer::pipelines
