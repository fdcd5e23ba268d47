#include "adapters/read_adapter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "adapters/short_hash.h"
#include "base/error.h"
#include "checkpoint/safetensors.h"
#include "support/allocations.h"
#include "support/golden.h"
#include "support/scratch.h"

namespace veneer::adapters {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

using Tensors = std::map<std::string, Tensor>;

Tensor filled(Shape shape, float value = 0.5f) {
  const auto size = static_cast<std::size_t>(element_count(shape));
  return Tensor::from_f32(std::move(shape), std::vector<float>(size, value));
}

/// `Stored` values under another element type.
template <class Stored>
Tensor stored(DType dtype, Shape shape, std::vector<Stored> values) {
  auto owner = std::make_shared<const std::vector<Stored>>(std::move(values));
  const auto bytes = std::as_bytes(std::span(*owner));
  return {dtype, std::move(shape), bytes, std::move(owner)};
}

std::shared_ptr<const Adapter> read(const Tensors& tensors, const std::map<std::string, std::string>& metadata = {},
                                    std::string peft_config = "") {
  std::vector<AdapterSource> sources;
  sources.push_back(
      {checkpoint::serialize_safetensors(tensors, metadata), "a.safetensors", std::move(peft_config), ""});
  return read_adapter(std::move(sources), "a");
}

std::string error_of(const Tensors& tensors, ErrorCode code = ErrorCode::corrupt_file,
                     const std::map<std::string, std::string>& metadata = {}, std::string peft_config = "") {
  try {
    read(tensors, metadata, std::move(peft_config));
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    EXPECT_THAT(e.what(), StartsWith("a.safetensors: "));
    return e.what();
  }
  return "accepted";
}

/// A rank-2 pair for conv_in, with `changes` laid over it; a default Tensor takes a name away.
Tensors pair_with(const Tensors& changes) {
  Tensors tensors{{"unet.conv_in.lora_A.weight", filled({2, 4, 3, 3})},
                  {"unet.conv_in.lora_B.weight", filled({8, 2, 1, 1})}};
  for (const auto& [name, tensor] : changes) {
    tensors.erase(name);
    if (!tensor.empty() || tensor.shape() != Shape{}) tensors.emplace(name, tensor);
  }
  return tensors;
}

const char* const kDown = "unet.conv_in.lora_A.weight";
const char* const kUp = "unet.conv_in.lora_B.weight";

TEST(ReadAdapter, SortsTargetsAndDefaultsToScaleOne) {
  const auto adapter = read({{"unet.conv_out.lora_A.weight", filled({3, 5})},
                             {"unet.conv_out.lora_B.weight", filled({7, 3})},
                             {kDown, filled({2, 4, 3, 3})},
                             {kUp, filled({8, 2, 1, 1})}},
                            {{"format", "pt"}});
  ASSERT_EQ(adapter->deltas.size(), 2u);
  EXPECT_EQ(adapter->deltas[0].target, "unet.conv_in");
  EXPECT_EQ(adapter->deltas[0].rank, 2);
  EXPECT_EQ(adapter->deltas[1].target, "unet.conv_out");
  EXPECT_EQ(adapter->deltas[1].alpha, 3.0f);
  EXPECT_EQ(adapter->deltas[1].scale, 1.0f);
  EXPECT_EQ(adapter->dialect, "peft");
  EXPECT_EQ(adapter->metadata.at("format"), "pt");
  EXPECT_GT(adapter->bytes, sizeof(float) * (2 * 36 + 16 + 15 + 21));
}

TEST(ReadAdapter, TakesAlphaInAnyNumberType) {
  const auto scale = [](Tensor alpha) { return read(pair_with({{"unet.conv_in.alpha", alpha}}))->deltas[0].scale; };
  EXPECT_EQ(scale(filled({}, 3)), 1.5f);
  EXPECT_EQ(scale(filled({1}, -1)), -0.5f);
  EXPECT_EQ(scale(stored<double>(DType::f64, {}, {0.5})), 0.25f);
  EXPECT_EQ(scale(stored<std::uint16_t>(DType::f16, {}, {f32_to_f16(6)})), 3.0f);
  EXPECT_EQ(scale(stored<std::uint16_t>(DType::bf16, {1}, {f32_to_bf16(6)})), 3.0f);
  EXPECT_EQ(scale(Tensor::from_i64({}, {4})), 2.0f);
  EXPECT_EQ(scale(stored<std::int32_t>(DType::i32, {}, {-4})), -2.0f);
}

TEST(ReadAdapter, KeepsHalvesAndRoundsDoubles) {
  const std::vector<std::uint16_t> halves(8, f32_to_f16(0.25f));
  const auto adapter = read({{"unet.a.lora_A.weight", stored<std::uint16_t>(DType::f16, {2, 4}, halves)},
                             {"unet.a.lora_B.weight", stored<double>(DType::f64, {1, 2}, {0.5, 1e-3})}});
  EXPECT_EQ(std::get<LowRank>(adapter->deltas[0].form).down.dtype(), DType::f16);
  EXPECT_EQ(std::get<LowRank>(adapter->deltas[0].form).up.dtype(), DType::f32);
  EXPECT_EQ(std::get<LowRank>(adapter->deltas[0].form).up.f32()[1], 1e-3f);
}

TEST(ReadAdapter, NamesEachDialectOfAMixedFile) {
  const auto adapter = read({{"unet.a.lora.down.weight", filled({2, 4})},
                             {"unet.a.lora.up.weight", filled({4, 2})},
                             {"text_encoder.text_model.encoder.layers.0.mlp.fc1.lora_A.weight", filled({2, 4})},
                             {"text_encoder.encoder.layers.0.mlp.fc1.lora_B.weight", filled({4, 2})}});
  EXPECT_EQ(adapter->dialect, "diffusers+peft");
  EXPECT_EQ(adapter->deltas.size(), 2u);
}

TEST(ReadAdapter, RefusesHalfAPair) {
  EXPECT_THAT(error_of(pair_with({{kUp, {}}})),
              HasSubstr("unet.conv_in.lora_A.weight: the up tensor of unet.conv_in is missing"));
  EXPECT_THAT(error_of(pair_with({{kDown, {}}})),
              HasSubstr("unet.conv_in.lora_B.weight: the down tensor of unet.conv_in is missing"));
  EXPECT_THAT(error_of(pair_with({{"unet.conv_out.alpha", filled({}, 1)}})),
              HasSubstr("unet.conv_out.alpha: the down tensor of unet.conv_out is missing"));
}

TEST(ReadAdapter, RefusesWrongShapes) {
  EXPECT_THAT(error_of(pair_with({{kUp, filled({8, 3, 1, 1})}})),
              AllOf(HasSubstr("unet.conv_in.lora_B.weight: expected rank 2"), HasSubstr("got f32[8,3,1,1]")));
  EXPECT_THAT(error_of(pair_with({{kDown, filled({2, 4, 3})}})), HasSubstr("got f32[2,4,3]"));
  EXPECT_THAT(error_of(pair_with({{kUp, filled({2})}})), HasSubstr("expected [out,rank]"));
  EXPECT_THAT(error_of(pair_with({{kUp, filled({8, 2})}})), HasSubstr("expected 4 dimensions"));
  EXPECT_THAT(error_of(pair_with({{kUp, filled({8, 2, 3, 3})}})), HasSubstr("expected a 1x1 kernel"));
  EXPECT_THAT(error_of(pair_with({{kDown, filled({0, 4, 3, 3})}, {kUp, filled({8, 0, 1, 1})}})),
              HasSubstr("rank of at least 1, got f32[0,4,3,3]"));
}

TEST(ReadAdapter, RefusesWhatIsNotFinite) {
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity(), -HUGE_VALF}) {
    Tensor down = filled({2, 4, 3, 3});
    std::vector<float> values = down.to_f32();
    values.back() = bad;
    down = Tensor::from_f32(down.shape(), values);
    EXPECT_THAT(error_of(pair_with({{kDown, down}})), HasSubstr("unet.conv_in.lora_A.weight: expected finite values"));
    EXPECT_THAT(error_of(pair_with({{"unet.conv_in.alpha", filled({}, bad)}})), HasSubstr("expected a finite alpha"));
  }
  const auto halves = [](DType dtype, std::uint16_t bits) {
    std::vector<std::uint16_t> values(16, 0x3c00);
    values[5] = bits;
    return pair_with({{kUp, stored<std::uint16_t>(dtype, {8, 2, 1, 1}, values)}});
  };
  EXPECT_THAT(error_of(halves(DType::f16, 0xfc00)), HasSubstr("expected finite values"));
  EXPECT_THAT(error_of(halves(DType::bf16, 0x7fc0)), HasSubstr("expected finite values"));
  EXPECT_EQ(error_of(halves(DType::f16, 0x7bff)), "accepted");
  EXPECT_EQ(error_of(halves(DType::bf16, 0x7f7f)), "accepted");
  const auto doubles = stored<double>(DType::f64, {8, 2, 1, 1}, std::vector<double>(16, 1e300));
  EXPECT_THAT(error_of(pair_with({{kUp, doubles}})), HasSubstr("expected finite values")) << "too large for f32";
}

TEST(ReadAdapter, RefusesOtherTypesAndBadAlphas) {
  EXPECT_THAT(error_of(pair_with({{kUp, stored<std::int8_t>(DType::i8, {8, 2, 1, 1}, std::vector<std::int8_t>(16))}}),
                       ErrorCode::unsupported),
              HasSubstr("expected f32, f16, bf16 or f64, got i8[8,2,1,1]"));
  EXPECT_THAT(error_of(pair_with({{"unet.conv_in.alpha", filled({2})}})), HasSubstr("expected one number, got f32[2]"));
  EXPECT_THAT(error_of(pair_with({{"unet.conv_in.alpha", stored<std::uint8_t>(DType::boolean, {}, {1})}})),
              HasSubstr("expected one number"));
}

TEST(ReadAdapter, RefusesTwoTensorsForOnePlace) {
  EXPECT_THAT(error_of(pair_with({{"lora_unet_conv_in.lora_down.weight", filled({2, 4, 3, 3})}})),
              HasSubstr("lora_unet_conv_in.lora_down.weight and unet.conv_in.lora_A.weight are both the down of "
                        "unet.conv_in"));
}

TEST(ReadAdapter, RefusesAFileWithoutAnAdapter) {
  EXPECT_THAT(error_of({}), HasSubstr("expected the tensors of an adapter"));
  EXPECT_THAT(error_of({{"conv_in.weight", filled({4})}}), HasSubstr("conv_in.weight: expected the name"));
}

TEST(ReadAdapter, TakesScalesFromTheHeader) {
  const std::string pipeline = R"({"unet.r":2,"unet.lora_alpha":5,"text_encoder.r":9})";
  EXPECT_EQ(read(pair_with({}), {{"lora_adapter_metadata", pipeline}})->deltas[0].scale, 2.5f);
  const std::string model = R"({"r":2,"lora_alpha":5,"use_rslora":true})";
  EXPECT_EQ(read(pair_with({}), {{"lora_adapter_metadata", model}})->deltas[0].scale,
            static_cast<float>(5 / std::sqrt(2.0)));
  EXPECT_EQ(read(pair_with({}), {}, model)->deltas[0].scale, static_cast<float>(5 / std::sqrt(2.0)));
}

TEST(ReadAdapter, TheFirstPatternOfTheFileCounts) {
  const std::string pipeline = R"({"unet.r":2,"unet.alpha_pattern":{"conv_in":5,"^conv_in":1}})";
  EXPECT_EQ(read(pair_with({}), {{"lora_adapter_metadata", pipeline}})->deltas[0].scale, 2.5f);
  const std::string model = R"({"r":2,"alpha_pattern":{"conv_in":5,"^conv_in":1}})";
  EXPECT_EQ(read(pair_with({}), {{"lora_adapter_metadata", model}})->deltas[0].scale, 2.5f);
  EXPECT_EQ(read(pair_with({}), {}, model)->deltas[0].scale, 2.5f);
}

TEST(ReadAdapter, RefusesAHeaderThatContradictsTheTensors) {
  const auto error = [](const std::string& json, const Tensors& changes = {},
                        ErrorCode code = ErrorCode::corrupt_file) {
    return error_of(pair_with(changes), code, {{"lora_adapter_metadata", json}});
  };
  EXPECT_THAT(error(R"({"unet.r":4})"), HasSubstr("lora_adapter_metadata: unet.conv_in: expected rank 4, got 2"));
  EXPECT_THAT(error(R"({"unet.r":2})", {{"unet.conv_in.alpha", filled({}, 1)}}),
              HasSubstr("unet.conv_in: expected alpha 1 as the tensor states it, got 8"));
  EXPECT_THAT(error("["), HasSubstr("lora_adapter_metadata: not valid JSON"));
  EXPECT_THAT(error("[]"), HasSubstr("lora_adapter_metadata: expected an object"));
  EXPECT_THAT(error(R"({"unet.r":2,"unet.use_qalora":true})", {}, ErrorCode::unsupported), HasSubstr("use_qalora"));
  EXPECT_THAT(error(R"({"unet.r":2,"unet.lora_alpha":1e300})"), HasSubstr("does not fit f32"));
}

/// "alpha/source" of the pair under such a header.
std::string alpha_under(const std::map<std::string, std::string>& metadata, const Tensors& changes = {},
                        std::string peft_config = "") {
  const auto adapter = read(pair_with(changes), metadata, std::move(peft_config));
  return fmt::format("{}/{}", adapter->deltas[0].alpha, to_string(adapter->deltas[0].alpha_source));
}

TEST(ReadAdapter, TakesScalesFromPlainKeysOfTheHeader) {
  EXPECT_EQ(alpha_under({}), "2/rank");
  EXPECT_EQ(alpha_under({{"unet.lora_alpha", "5"}, {"unet.r", "2"}}), "5/header");
  EXPECT_EQ(alpha_under({{"unet.lora_alpha", "5.0"}}), "5/header");
  EXPECT_EQ(alpha_under({{"unet_lora_alpha", "5"}, {"unet_lora_rank", "2"}}), "5/header");
  EXPECT_EQ(alpha_under({{"lora_alpha", "5"}}), "5/header");
  EXPECT_EQ(alpha_under({{"network_alpha", "5"}, {"network_dim", "2"}}), "5/header");
  EXPECT_EQ(alpha_under({{"lora_alpha", "5"}, {"unet.lora_alpha", "6"}}), "6/header") << "the component's own first";
  EXPECT_EQ(alpha_under({{"text_encoder.lora_alpha", "5"}}), "2/rank") << "of another component";
  EXPECT_EQ(alpha_under({{"unet.alpha_pattern", R"({"conv_in":7})"}, {"unet.lora_alpha", "5"}}), "7/header");
  EXPECT_EQ(alpha_under({{"lora_config", R"({"r":2,"lora_alpha":5})"}}), "5/header");
  EXPECT_EQ(alpha_under({{"lora_config", R"({"unet":{"r":2,"lora_alpha":5}})"}}), "5/header");
  EXPECT_EQ(alpha_under({{"ss_network_alpha", "5"}, {"ss_network_dim", "2"}}), "5/header");
  EXPECT_EQ(alpha_under({{"ss_network_alpha", "None"}}), "2/rank");
  EXPECT_EQ(alpha_under({{"unet.r", "2"}}), "2/rank") << "a rank alone says no scale";
  const auto stabilised = read(pair_with({}), {{"unet.lora_alpha", "5"}, {"unet.r", "2"}, {"unet.use_rslora", "True"}});
  EXPECT_EQ(stabilised->deltas[0].scale, static_cast<float>(5 / std::sqrt(2.0)));
}

TEST(ReadAdapter, WhatDisagreesCountsOrIsReported) {
  const Tensors alpha_3 = {{"unet.conv_in.alpha", filled({}, 3)}};
  EXPECT_EQ(alpha_under({{"unet.lora_alpha", "3"}}, alpha_3), "3/tensor");
  EXPECT_EQ(alpha_under({{"ss_network_alpha", "16"}}, alpha_3), "3/tensor") << "of the training, not of this module";
  EXPECT_EQ(alpha_under({{"lora_adapter_metadata", R"({"r":2,"lora_alpha":3})"}}, alpha_3), "3/tensor");
  EXPECT_EQ(alpha_under({}, {}, R"({"r":2,"lora_alpha":5})"), "5/adapter_config.json");
  const auto adapter = read(pair_with(alpha_3), {{"unet.lora_alpha", "5"}});
  EXPECT_EQ(adapter->deltas[0].scale, 1.5f);
  EXPECT_THAT(adapter->warnings, ElementsAre("a.safetensors: unet.conv_in: alpha is 3 by the tensor, which counts, and "
                                             "5 by the header"));
  EXPECT_THAT(error_of(pair_with({}), ErrorCode::corrupt_file, {{"lora_adapter_metadata", R"({"r":2,"lora_alpha":4})"}},
                       R"({"r":2,"lora_alpha":5})"),
              HasSubstr("unet.conv_in: expected alpha 5 as the adapter_config.json states it, got 4"));
  EXPECT_THAT(error_of(pair_with({}), ErrorCode::corrupt_file, {{"unet.lora_alpha", "5"}, {"unet.r", "4"}}),
              HasSubstr("unet.conv_in: expected rank 4, got 2"));
}

TEST(ReadAdapter, TextualInversionsAreRefusedByName) {
  for (const char* name : {"<style>", "emb_params", "clip_l", "string_to_param.*"})
    EXPECT_THAT(error_of({{name, filled({4, 128})}}, ErrorCode::unsupported),
                HasSubstr(std::string(name) + ": this is a textual-inversion embedding and no LoRA"));
}

TEST(ReadAdapter, HashesContentWhereverItLies) {
  const auto one = read(pair_with({})), again = read(pair_with({}));
  EXPECT_EQ(one->content_hash, again->content_hash);
  EXPECT_NE(one->content_hash, read(pair_with({{kUp, filled({8, 2, 1, 1}, 0.25f)}}))->content_hash);
  EXPECT_NE(one->content_hash, read(pair_with({}), {}, R"({"r":2})")->content_hash)
      << "alpha lies in the configuration";
  EXPECT_EQ(to_string(ContentHash{1, 0xff}), "000000000000000100000000000000ff");
}

TEST(ReadAdapter, MemoryThatRunsOutIsAnError) {
  const testing_support::ScratchFolder folder;
  folder.write("ink/adapter_model.safetensors", checkpoint::serialize_safetensors(pair_with({})));
  folder.write("ink/adapter_config.json", R"({"peft_type":"LORA","r":2,"lora_alpha":4})");
  const std::filesystem::path path = folder.path() / "ink";
  testing_support::allocations.left = 0;
  try {
    read_adapter(path);
    ADD_FAILURE() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::out_of_memory);
    EXPECT_EQ(error.what(), path.string() + ": not enough memory");
  }
}

TEST(ReadAdapter, APathThatCannotBeAskedForIsAnError) {
  for (const std::string& path : {std::string(300, 'a') + ".safetensors", std::string(300, 'a')})
    EXPECT_THROW(read_adapter(path), Error);
}

TEST(ReadAdapter, ShortHashIsThatOfTheBytesThatWereRead) {
  const testing_support::ScratchFolder folder;
  const auto path = folder.write("ink.safetensors", checkpoint::serialize_safetensors(pair_with({})));
  const auto adapter = read_adapter(path);
  folder.write("ink.safetensors", checkpoint::serialize_safetensors(pair_with({{kUp, filled({8, 2, 1, 1}, 0.25f)}})));
  EXPECT_EQ(short_hash(*adapter), short_hash(*read(pair_with({}), {{"a", "header of another length"}})));
  EXPECT_NE(short_hash(*adapter), short_hash(*read_adapter(path)));
  EXPECT_EQ(short_hash(*read(pair_with({}), {{"sshs_model_hash", "0123456789abcdef"}})), "0123456789ab");
}

class AdapterFolders : public testing::Test {
 protected:
  void write_peft(const std::string& folder, const Tensors& tensors) {
    folder_.write(folder + "/adapter_model.safetensors", checkpoint::serialize_safetensors(tensors));
    folder_.write(folder + "/adapter_config.json", R"({"peft_type":"LORA","r":2,"lora_alpha":4})");
  }
  std::string error_of(const std::filesystem::path& path, ErrorCode code) {
    try {
      read_adapter(path);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), code) << e.what();
      return e.what();
    }
    return "accepted";
  }
  const Tensors unet_{{"base_model.model.conv_in.lora_A.weight", filled({2, 4})},
                      {"base_model.model.conv_in.lora_B.weight", filled({8, 2})}};
  const Tensors text_{{"base_model.model.encoder.layers.0.mlp.fc1.lora_A.weight", filled({2, 4})},
                      {"base_model.model.encoder.layers.0.mlp.fc1.lora_B.weight", filled({8, 2})}};
  testing_support::ScratchFolder folder_;
};

TEST_F(AdapterFolders, ReadsPeftsFolder) {
  write_peft("style", unet_);
  const auto adapter = read_adapter(folder_.path() / "style" / "");
  EXPECT_EQ(adapter->name, "style");
  EXPECT_EQ(adapter->deltas.at(0).scale, 2.0f);
}

TEST_F(AdapterFolders, TheConfigurationBesideANamedFileCounts) {
  write_peft("style", unet_);
  const auto file = folder_.path() / "style" / "adapter_model.safetensors";
  EXPECT_EQ(read_adapter(file)->deltas.at(0).scale, 2.0f);
  EXPECT_EQ(read_adapter(file)->content_hash, read_adapter(folder_.path() / "style")->content_hash);
  EXPECT_THAT(adapter_files(file), ElementsAre(file, folder_.path() / "style" / "adapter_config.json"));
}

TEST_F(AdapterFolders, AConfigurationThatMayBeAnotherFilesIsReported) {
  const auto bytes = checkpoint::serialize_safetensors(unet_);
  folder_.write("style/adapter_config.json", R"({"peft_type":"LORA","r":2,"lora_alpha":4})");
  const auto one = folder_.write("style/ink.safetensors", bytes);
  EXPECT_EQ(read_adapter(one)->deltas.at(0).scale, 2.0f) << "the only file is meant";
  EXPECT_EQ(read_adapter(folder_.path() / "style")->deltas.at(0).scale, 2.0f);
  folder_.write("style/other.safetensors", bytes);
  const auto adapter = read_adapter(one);
  EXPECT_EQ(adapter->deltas.at(0).scale, 1.0f);
  EXPECT_THAT(adapter->warnings,
              ElementsAre(one.string() +
                          ": the adapter_config.json beside it does not count, because it may be another file's"));
}

TEST_F(AdapterFolders, ReadsAFolderAComponent) {
  write_peft("style/unet", unet_);
  write_peft("style/text_encoder", text_);
  const auto adapter = read_adapter(folder_.path() / "style");
  std::vector<std::string> targets;
  for (const auto& delta : adapter->deltas) targets.push_back(delta.target);
  EXPECT_THAT(targets, ElementsAre("text_encoder.text_model.encoder.layers.0.mlp.fc1", "unet.conv_in"));
}

TEST_F(AdapterFolders, RefusesAComponentInTheWrongFolder) {
  write_peft("style/unet", text_);
  EXPECT_THAT(error_of(folder_.path() / "style", ErrorCode::corrupt_file),
              HasSubstr("expected adapters of unet, got one of text_encoder.text_model"));
}

TEST_F(AdapterFolders, ReadsTheOnlyFileAndRefusesToGuess) {
  const auto file = checkpoint::serialize_safetensors(pair_with({}));
  folder_.write("style/pytorch_lora_weights.safetensors", file);
  EXPECT_EQ(read_adapter(folder_.path() / "style")->name, "style");
  folder_.write("style/b.safetensors", file);
  EXPECT_THAT(error_of(folder_.path() / "style", ErrorCode::invalid_argument),
              HasSubstr("found b.safetensors, pytorch_lora_weights.safetensors: name the file"));
}

TEST_F(AdapterFolders, SaysWhatIsMissing) {
  EXPECT_THAT(error_of(folder_.path() / "none", ErrorCode::not_found), HasSubstr("no such file or folder"));
  EXPECT_THAT(error_of(folder_.path(), ErrorCode::not_found), HasSubstr("found none"));
  EXPECT_THAT(error_of(folder_.write("a.ckpt", "x"), ErrorCode::unsupported),
              HasSubstr("expected a .safetensors file"));
  folder_.write("half/adapter_config.json", "{}");
  EXPECT_THAT(error_of(folder_.path() / "half", ErrorCode::not_found), HasSubstr("adapter_model.safetensors"));
  folder_.write("half/adapter_model.bin", "PK");
  EXPECT_THAT(error_of(folder_.path() / "half", ErrorCode::not_found), HasSubstr("adapter_model.bin is a pickle"));
}

TEST_F(AdapterFolders, SurvivesOverwritingOfItsFile) {
  const auto path = folder_.write("a.safetensors", checkpoint::serialize_safetensors(pair_with({})));
  const auto adapter = read_adapter(path);
  std::filesystem::resize_file(path, 0);
  EXPECT_EQ(std::get<LowRank>(adapter->deltas[0].form).up.f32()[15], 0.5f);
}

}  // namespace
}  // namespace veneer::adapters
