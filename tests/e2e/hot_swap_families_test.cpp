// The promises of hot_swap_test.cpp for every other family: denoiser and every text encoder.
#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "e2e/hot_swap.h"

namespace veneer::pipelines {
namespace {

class HotSwapOfFamily : public HotSwap, public testing::WithParamInterface<std::string> {
 protected:
  HotSwapOfFamily() : HotSwap("tiny/" + GetParam()) {}

  Tensor short_picture(AdapterSet adapters, AdapterMode mode) {
    Request short_request = request(std::move(adapters), mode);
    short_request.num_inference_steps = 1;
    if (GetParam() != "sdxl") short_request.max_sequence_length = 8;
    return pipeline_.generate(short_request).latents;
  }
};

TEST_P(HotSwapOfFamily, EveryComponentHasSlots) {
  std::set<std::string> components;
  for (const graph::Slot& slot : pipeline_.slots()) components.insert(slot.name.substr(0, slot.name.find('.')));
  const std::map<std::string, std::set<std::string>> expected = {
      {"sdxl", {"text_encoder", "text_encoder_2", "unet"}},
      {"sd3", {"text_encoder", "text_encoder_2", "text_encoder_3", "transformer"}},
      {"flux", {"text_encoder", "text_encoder_2", "transformer"}}};
  EXPECT_EQ(components, expected.at(GetParam()));
}

TEST_P(HotSwapOfFamily, SwapsCompileNothingAndComeBackBitForBit) {
  std::vector<std::filesystem::path> paths;
  for (const auto& [rank, layers] : {std::pair<std::int64_t, Layers>{1, Layers::all},
                                     {5, Layers::attention},
                                     {33, GetParam() == "flux" ? Layers::attention : Layers::convolutions},
                                     {128, Layers::all}})
    paths.push_back(write_adapter("rank" + std::to_string(rank), rank, layers));
  const AdapterMode modes[] = {AdapterMode::merge, AdapterMode::branch, AdapterMode::automatic};
  const Tensor base = short_picture({}, AdapterMode::automatic);
  std::vector<Tensor> first;
  for (const auto& path : paths)
    for (const AdapterMode mode : modes) first.push_back(short_picture(set(path), mode));
  for (std::size_t i = 0; i < first.size(); i += 3) {
    EXPECT_FALSE(close(first[i], base, {.of_range = 1e-3})) << paths[i / 3];
    EXPECT_TRUE(close(first[i], first[i + 1], {.of_range = 1e-4})) << paths[i / 3] << ": merged and branch";
  }
  const Statistics before = pipeline_.statistics();
  for (std::size_t i = 0; i < 1000 && !HasFailure(); ++i) {
    const std::size_t k = i * 7 % first.size();
    EXPECT_TRUE(identical(short_picture(set(paths[k / 3]), modes[k % 3]), first[k])) << "swap " << i;
  }
  EXPECT_TRUE(identical(short_picture({}, AdapterMode::automatic), base));
  const Statistics after = pipeline_.statistics();
  EXPECT_EQ(after.plans_compiled, before.plans_compiled);
  EXPECT_EQ(after.weights_packed, before.weights_packed);
  EXPECT_EQ(after.packed_bytes, before.packed_bytes);
}

TEST_P(HotSwapOfFamily, SamplesOfOneBatchMayDiffer) {
  const auto a = write_adapter("a", 8, Layers::all), b = write_adapter("b", 5, Layers::attention);
  Request batch = request({});
  batch.num_images = 3;
  batch.image_adapters = {set(a), {}, set(b, 0.5f)};
  const auto mixed = pipeline_.generate(batch).latents.to_f32();
  const std::size_t one = mixed.size() / 3;
  for (std::size_t i = 0; i < 3; ++i) {
    Request alone = request(batch.image_adapters[i], AdapterMode::branch);
    alone.seed += i;
    EXPECT_TRUE(
        close(std::span(mixed).subspan(i * one, one), pipeline_.generate(alone).latents.f32(), {.of_range = 1e-4}))
        << "image " << i;
  }
}

TEST_P(HotSwapOfFamily, AFailedSwapChangesNothing) {
  const Tensor base = short_picture({}, AdapterMode::automatic);
  std::mt19937 random(1);
  Tensors tensors;
  add_delta(tensors, pipeline_.slots().front(), 2, random);
  graph::Slot wrong = pipeline_.slots().back();
  ++wrong.in;
  add_delta(tensors, wrong, 2, random);
  const auto path = folder_.path() / "wrong.safetensors";
  checkpoint::write_safetensors(path, tensors);
  EXPECT_THROW(set(path), Error);
  EXPECT_TRUE(identical(short_picture({}, AdapterMode::automatic), base));
}

INSTANTIATE_TEST_SUITE_P(Families, HotSwapOfFamily, testing::Values("sdxl", "sd3", "flux"),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace veneer::pipelines
