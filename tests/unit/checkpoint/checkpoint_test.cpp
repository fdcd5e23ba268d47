#include "checkpoint/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "base/error.h"
#include "checkpoint/safetensors.h"
#include "support/allocations.h"
#include "support/golden.h"
#include "support/scratch.h"

namespace veneer::checkpoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class CheckpointTest : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::map<std::string, Tensor>& tensors,
                              const std::map<std::string, std::string>& metadata = {}) {
    return folder_.write(name, serialize_safetensors(tensors, metadata));
  }
  static Tensor number(float value) { return Tensor::from_f32({1}, {value}); }
  static std::string error_of(const std::filesystem::path& path, ErrorCode code) {
    try {
      Checkpoint::open(path);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), code) << e.what();
      return e.what();
    }
    return "accepted";
  }
  testing_support::ScratchFolder folder_;
};

TEST_F(CheckpointTest, OpensAFile) {
  const auto path = write("a.safetensors", {{"w", number(1)}, {"b", number(2)}}, {{"format", "pt"}});
  const auto checkpoint = Checkpoint::open(path);
  EXPECT_EQ(checkpoint.names(), (std::vector<std::string>{"b", "w"}));
  EXPECT_EQ(checkpoint.at("w").f32()[0], 1.0f);
  EXPECT_EQ(checkpoint.find("v"), nullptr);
  EXPECT_EQ(checkpoint.metadata().at("format"), "pt");
  EXPECT_EQ(checkpoint.where(), path.string());
}

TEST_F(CheckpointTest, TensorsOutliveIt) {
  std::optional<Checkpoint> checkpoint = Checkpoint::open(write("a.safetensors", {{"w", number(3)}}));
  checkpoint->release_pages();
  const Tensor kept = checkpoint->at("w");
  checkpoint.reset();
  EXPECT_EQ(kept.f32()[0], 3.0f);
}

TEST_F(CheckpointTest, AlignsWhatTheFileDoesNot) {
  std::string header = R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  while (header.size() % 4 != 1) header += ' ';
  std::string file(8, '\0');
  file[0] = static_cast<char>(header.size());
  const float value = 5;
  file.append(header).append(reinterpret_cast<const char*>(&value), sizeof value);
  EXPECT_EQ(Checkpoint::open(folder_.write("old.safetensors", file)).at("w").f32()[0], 5.0f);
}

TEST_F(CheckpointTest, NamesTheNearestTensors) {
  const auto checkpoint =
      Checkpoint({{"conv_in.weight", number(1)}, {"conv_out.weight", number(2)}, {"zzz", number(3)}}, "memory");
  try {
    (void)checkpoint.at("conv_im.weight");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::not_found);
    EXPECT_STREQ(e.what(),
                 "memory: there is no tensor conv_im.weight; the nearest names are conv_in.weight, conv_out.weight");
  }
}

TEST_F(CheckpointTest, OpensShards) {
  write("s1.safetensors", {{"a", number(1)}, {"unlisted", number(9)}});
  write("s2.safetensors", {{"b", number(2)}});
  const auto index = folder_.write("model.safetensors.index.json",
                                   R"({"metadata":{},"weight_map":{"a":"s1.safetensors","b":"s2.safetensors"}})");
  for (const auto& path : {index, folder_.path()}) {
    const auto checkpoint = Checkpoint::open(path);
    EXPECT_EQ(checkpoint.names(), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(checkpoint.at("b").f32()[0], 2.0f);
  }
}

TEST_F(CheckpointTest, RefusesABadIndex) {
  write("s1.safetensors", {{"a", number(1)}});
  const auto error = [&](const std::string& text, ErrorCode code = ErrorCode::corrupt_file) {
    return error_of(folder_.write("x.index.json", text), code);
  };
  EXPECT_THAT(error("[]"), HasSubstr("expected an object as \"weight_map\""));
  EXPECT_THAT(error("{}"), HasSubstr("expected an object as \"weight_map\""));
  EXPECT_THAT(error(R"({"weight_map":{"a":1}})"), HasSubstr("a: expected the name of a file"));
  EXPECT_THAT(error(R"({"weight_map":{"a":"../s1.safetensors"}})"), HasSubstr("a: expected the name of a file"));
  EXPECT_THAT(error(R"({"weight_map":{"a":".."}})"), HasSubstr("a: expected the name of a file"));
  EXPECT_THAT(error(R"({"weight_map":{"b":"s1.safetensors"}})"), HasSubstr("b: expected in s1.safetensors"));
  EXPECT_THAT(error(R"({"weight_map":{"b":"s2.safetensors"}})", ErrorCode::not_found), HasSubstr("s2.safetensors"));
}

TEST_F(CheckpointTest, PrefersPlainWeightsToTheirFp16Variant) {
  write("unet/diffusion_pytorch_model.fp16.safetensors", {{"w", number(16)}});
  EXPECT_EQ(Checkpoint::open(folder_.path() / "unet").at("w").f32()[0], 16.0f);
  write("unet/diffusion_pytorch_model.safetensors", {{"w", number(32)}});
  EXPECT_EQ(Checkpoint::open(folder_.path() / "unet").at("w").f32()[0], 32.0f);
}

TEST_F(CheckpointTest, RefusesPickles) {
  const auto pickle = folder_.write("unet/diffusion_pytorch_model.bin", "PK");
  EXPECT_THAT(error_of(pickle, ErrorCode::unsupported), HasSubstr("expected a .safetensors file"));
  EXPECT_THAT(error_of(pickle.parent_path(), ErrorCode::unsupported),
              AllOf(HasSubstr("expected a .safetensors file"), HasSubstr("diffusion_pytorch_model.bin")));
}

TEST_F(CheckpointTest, MemoryThatRunsOutIsAnError) {
  write("unet/s1.safetensors", {{"a", number(1)}});
  folder_.write("unet/model.safetensors.index.json", R"({"weight_map":{"a":"s1.safetensors"}})");
  const std::filesystem::path path = folder_.path() / "unet";
  testing_support::allocations.left = 0;
  try {
    Checkpoint::open(path);
    ADD_FAILURE() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::out_of_memory);
    EXPECT_EQ(error.what(), path.string() + ": not enough memory");
  }
}

TEST_F(CheckpointTest, SaysWhatAFolderLacks) {
  EXPECT_THAT(error_of(folder_.path(), ErrorCode::not_found), HasSubstr("expected one of diffusion_pytorch_model"));
  EXPECT_THAT(error_of(folder_.path() / "none", ErrorCode::not_found), HasSubstr("no such file or folder"));
}

}  // namespace
}  // namespace veneer::checkpoint
