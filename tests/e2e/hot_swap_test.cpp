// The promise: adapters change, nothing else does. Labelled "concurrency": these run under ThreadSanitizer too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <thread>

#include "base/error.h"
#include "e2e/hot_swap.h"
#include "support/allocations.h"

namespace veneer::pipelines {
namespace {

using testing_support::allocations;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::size_t resident_bytes() {
  std::size_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST_F(HotSwap, ThousandSwapsCompileNothingAndKeepNothing) {
  std::vector<std::filesystem::path> paths;
  for (const auto& [rank, layers] : {std::pair<std::int64_t, Layers>{1, Layers::all},
                                     {4, Layers::attention},
                                     {16, Layers::convolutions},
                                     {33, Layers::attention},
                                     {128, Layers::all}})
    paths.push_back(write_adapter("rank" + std::to_string(rank), rank, layers));
  const AdapterMode modes[] = {AdapterMode::merge, AdapterMode::branch, AdapterMode::automatic};
  const auto swap = [&](int i) {
    Request next = request(set(paths[static_cast<std::size_t>(i) % paths.size()]), modes[i / 5 % 3]);
    next.num_inference_steps = 1;
    next.width = next.height = 8;
    return pipeline_.generate(next).latents;
  };
  std::vector<Tensor> first;
  for (int i = 0; i < 15; ++i) first.push_back(swap(i));
  const auto repeat = [&](int begin, int end) {  // the most memory that was resident after any of these swaps
    std::size_t most = 0;
    for (int i = begin; i < end && !HasFailure(); ++i) {
      EXPECT_TRUE(identical(swap(i), first[static_cast<std::size_t>(i) % 15])) << "swap " << i;
      most = std::max(most, resident_bytes());
    }
    return most;
  };
  repeat(15, 300);  // lets allocators (and a sanitizer's quarantine) settle
  const Statistics before = pipeline_.statistics();
  const std::int64_t live = allocations.live_bytes;
  const std::size_t resident = repeat(300, 330);
  repeat(330, 990);
  EXPECT_LT(repeat(990, 1020), resident + (4u << 20)) << "what is not allocated by new";
  EXPECT_EQ(allocations.live_bytes, live);
  const Statistics after = pipeline_.statistics();
  EXPECT_EQ(after.plans_compiled, before.plans_compiled);
  EXPECT_EQ(after.weights_packed, before.weights_packed);
  EXPECT_EQ(after.packed_bytes, before.packed_bytes);
  EXPECT_LE(after.cache.bytes, configuration().options.adapter_cache_bytes);
  EXPECT_GT(after.cache.misses, before.cache.misses) << "the cache was to be too small for all";
}

TEST_F(HotSwap, WhatRanBeforeDoesNotChangeABit) {
  const auto a = write_adapter("a", 8, Layers::all);
  for (const AdapterMode mode : {AdapterMode::merge, AdapterMode::branch, AdapterMode::automatic}) {
    const Tensor here = picture(set(a), mode);
    Pipeline fresh(golden_path("tiny/sd1"), configuration().options);
    Request same = request({{fresh.load_adapter(a), 1}}, mode), larger = same;
    larger.width = 64;
    if (mode != AdapterMode::merge) (void)fresh.generate(larger);
    EXPECT_TRUE(identical(fresh.generate(same).latents, here)) << "mode " << static_cast<int>(mode);
  }
}

TEST_F(HotSwap, AnotherSizeIsAnotherPlanOverTheSameWeights) {
  const auto a = write_adapter("a", 8, Layers::all);
  const Tensor first = picture(set(a));
  const Statistics before = pipeline_.statistics();
  Request larger = request(set(a));
  larger.width = 24, larger.height = 40, larger.num_images = 2;
  EXPECT_EQ(pipeline_.generate(larger).latents.shape(), (Shape{2, 4, 10, 6}));
  const Statistics after = pipeline_.statistics();
  EXPECT_EQ(after.plans_compiled, before.plans_compiled + 2) << "unet and decoder";
  EXPECT_EQ(after.weights_packed, before.weights_packed);
  EXPECT_EQ(after.packed_bytes, before.packed_bytes);
  EXPECT_TRUE(identical(picture(set(a)), first));
}

TEST_F(HotSwap, ThereAndBackIsBitIdenticalInEachForm) {
  const auto a = write_adapter("a", 8, Layers::all), b = write_adapter("b", 3, Layers::attention);
  const Tensor base = picture({});
  for (const AdapterMode mode : {AdapterMode::merge, AdapterMode::branch, AdapterMode::automatic}) {
    const Tensor with_a = picture(set(a), mode), with_b = picture(set(b), mode);
    EXPECT_FALSE(identical(with_a, base));
    EXPECT_FALSE(identical(with_a, with_b));
    EXPECT_FALSE(identical(picture(set(a, 0.5f), mode), with_a));
    EXPECT_TRUE(identical(picture(set(a), mode), with_a));
    EXPECT_TRUE(identical(picture({}, mode), base));
    EXPECT_TRUE(identical(picture(set(a, 0), mode), base)) << "weight 0 is the base";
  }
}

TEST_F(HotSwap, MergedAndBranchAgree) {
  for (const auto layers : {Layers::attention, Layers::convolutions, Layers::all}) {
    const auto path = write_adapter("layers", 20, layers);
    EXPECT_TRUE(close(picture(set(path, -1.5f), AdapterMode::merge), picture(set(path, -1.5f), AdapterMode::branch),
                      {.of_range = 1e-4}));
  }
}

TEST_F(HotSwap, TwoAdaptersAreTheSumOfTheirDeltas) {
  // Twice half an adapter is the adapter.
  const auto path = write_adapter("half", 6, Layers::all);
  AdapterSet halves = set(path, 0.5f);
  halves.push_back(halves[0]);
  for (const AdapterMode mode : {AdapterMode::merge, AdapterMode::branch})
    EXPECT_TRUE(close(picture(halves, mode), picture(set(path, 1), mode), {.of_range = 1e-4}));
}

TEST_F(HotSwap, ThreadsWithTheirOwnAdaptersDoNotMeet) {
  (void)picture({});
  const int plans = pipeline_.statistics().plans_compiled;
  const auto a = write_adapter("a", 8, Layers::all), b = write_adapter("b", 5, Layers::all);
  for (const AdapterMode mode : {AdapterMode::merge, AdapterMode::branch}) {
    const Tensor alone[] = {picture(set(a), mode), picture(set(b), mode)};
    std::vector<std::thread> threads;
    std::vector<Tensor> together(8);
    for (std::size_t t = 0; t < 2; ++t)
      threads.emplace_back([&, t] {
        for (std::size_t i = 0; i < 4; ++i) together[t * 4 + i] = picture(set(t == 0 ? a : b), mode);
      });
    for (auto& thread : threads) thread.join();
    for (std::size_t i = 0; i < together.size(); ++i) EXPECT_TRUE(identical(together[i], alone[i / 4])) << i;
  }
  EXPECT_EQ(pipeline_.statistics().plans_compiled, plans);
}

TEST_F(HotSwap, SamplesOfOneBatchMayDiffer) {
  const auto a = write_adapter("a", 8, Layers::all), b = write_adapter("b", 5, Layers::convolutions);
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

TEST_F(HotSwap, EachAlgorithmComesAndGoesWithoutATrace) {
  const Tensor base = picture({});
  for (const char* name : {"locon.safetensors", "loha.safetensors", "lokr.safetensors", "full.safetensors",
                           "lycoris_dora.safetensors", "peft_bias"}) {
    const auto adapted = set(golden_path(std::string("adapters/algorithms/") + name));
    const Tensor with = picture(adapted);
    EXPECT_FALSE(close(with, base, {.of_range = 1e-3})) << name;
    EXPECT_TRUE(identical(picture({}), base)) << name;
    EXPECT_TRUE(identical(picture(adapted), with)) << name;
    EXPECT_FALSE(identical(picture({{adapted[0].adapter, 0.5f}}), with)) << name;
  }
}

TEST_F(HotSwap, SamplesOfOneBatchMayDifferInAlgorithm) {
  Request batch = request({});
  batch.num_images = 3;
  batch.image_adapters = {set(golden_path("adapters/algorithms/lokr.safetensors")),
                          {},
                          set(golden_path("adapters/algorithms/peft_bias"), 0.5f)};
  int evaluations = 0, all = 0;
  batch.progress = [&](const Progress& at) {
    EXPECT_EQ(at.step, ++evaluations);
    all = at.steps;
  };
  const Result mixed = pipeline_.generate(batch);
  EXPECT_EQ(evaluations, all);
  EXPECT_EQ(mixed.evaluations, all);
  EXPECT_EQ(mixed.images.shape(), (Shape{3, 3, 16, 16}));
  const auto latents = mixed.latents.f32();
  const std::size_t one = latents.size() / 3;
  for (std::size_t i = 0; i < 3; ++i) {
    Request alone = request(batch.image_adapters[i]);
    alone.seed += i;
    const Tensor expected = pipeline_.generate(alone).latents;
    EXPECT_TRUE(std::ranges::equal(latents.subspan(i * one, one), expected.f32())) << "image " << i;
  }
}

TEST_F(HotSwap, AdaptersMayChangeBetweenSteps) {
  const auto a = write_adapter("a", 8, Layers::all);
  Request request_a = request(set(a));
  request_a.num_inference_steps = 6;
  const Tensor whole = pipeline_.generate(request_a).latents;
  Request changed = request_a;
  changed.adapters = {};
  changed.adapter_changes = {{0, set(a)}};
  EXPECT_TRUE(identical(pipeline_.generate(changed).latents, whole)) << "changed before the first step";
  changed.adapter_changes = {{3, set(a)}};
  const Tensor half = pipeline_.generate(changed).latents;
  EXPECT_FALSE(identical(half, whole));
  changed.adapter_changes = {{1, {}}, {3, set(a)}};
  EXPECT_TRUE(identical(pipeline_.generate(changed).latents, half)) << "a change to what is already there";
}

TEST_F(HotSwap, FailedSwapsNameTheFaultAndChangeNothing) {
  const auto good = write_adapter("good", 4, Layers::attention);
  const Tensor before = picture(set(good)), base = picture({});
  const graph::Slot slot = pipeline_.slots().front();
  std::mt19937 random(1);

  struct Case {
    std::string name;
    std::function<void(Tensors&)> spoil;
    std::string message;
  };
  const std::string down = slot.name + ".lora_A.weight", up = slot.name + ".lora_B.weight";
  const Case cases[] = {
      {"unknown_layer",
       [&](Tensors& t) {
         t["unet.down_blocks.9.to_q.lora_A.weight"] = t[down], t["unet.down_blocks.9.to_q.lora_B.weight"] = t[up];
       },
       "no such layer"},
      {"wrong_in",
       [&](Tensors& t) {
         t[down] = random_tensor({2, slot.in + 1}, 1, random);
       },
       "expected down"},
      {"wrong_out",
       [&](Tensors& t) {
         t[up] = random_tensor({slot.out + 1, 2}, 1, random);
       },
       "expected up"},
      {"rank_mismatch",
       [&](Tensors& t) {
         t[up] = random_tensor({slot.out, 3}, 1, random);
       },
       "rank"},
      {"half_a_pair", [&](Tensors& t) { t.erase(up); }, "up"},
      {"not_a_number",
       [&](Tensors& t) {
         t[up] =
             Tensor::from_f32({slot.out, 2}, std::vector<float>(static_cast<std::size_t>(slot.out * 2), std::nanf("")));
       },
       "nan"},
      {"unknown_name", [&](Tensors& t) { t["something.else"] = t[down]; }, "something.else"},
      {"half_a_loha", [&](Tensors& t) { t["lora_unet_conv_in.hada_w1_a"] = t[down]; }, "hada_w1_b tensor"},
      {"two_kinds", [&](Tensors& t) { t[slot.name + ".diff"] = t[down]; }, "expected one kind"},
      {"oft", [&](Tensors& t) { t[slot.name + ".oft_blocks"] = t[down]; }, "OFT"},
      {"magnitude", [&](Tensors& t) { t[slot.name + ".lora_magnitude_vector"] = t[down]; }, "one length a channel"},
      {"kernel",
       [&](Tensors& t) {
         t[down] = random_tensor({2, slot.in, 3, 3}, 1, random), t[up] = random_tensor({slot.out, 2, 1, 1}, 1, random);
       },
       "expected down"},
  };
  for (const Case& broken : cases) {
    Tensors tensors;
    add_delta(tensors, slot, 2, random);
    broken.spoil(tensors);
    const auto path = folder_.path() / (broken.name + ".safetensors");
    checkpoint::write_safetensors(path, tensors);
    try {
      (void)picture(set(path));
      ADD_FAILURE() << broken.name << " was accepted";
    } catch (const Error& e) {
      EXPECT_THAT(e.what(), testing::HasSubstr(path.string()));
      EXPECT_THAT(lower(e.what()), testing::HasSubstr(lower(broken.message))) << broken.name;
    }
    EXPECT_TRUE(identical(picture(set(good)), before)) << "after " << broken.name;
  }
  // load_adapter() would refuse it; a request that holds it all the same fails where it is bound.
  const std::filesystem::path ink = std::filesystem::path(VENEER_SOURCE_DIR) / "models/demo/adapters/ink.safetensors";
  const AdapterSet foreign = {{adapters::read_adapter(ink), 1}};
  for (const AdapterMode mode : {AdapterMode::merge, AdapterMode::branch, AdapterMode::automatic}) {
    try {
      (void)picture(foreign, mode);
      ADD_FAILURE() << "an adapter of another model was accepted";
    } catch (const Error& e) {
      EXPECT_THAT(e.what(),
                  testing::AllOf(testing::HasSubstr(ink.string()), testing::HasSubstr("the model has no such layer")));
    }
    EXPECT_TRUE(identical(picture(set(good)), before)) << "after an adapter of another model";
  }
  const auto cut = folder_.path() / "cut.safetensors";
  std::filesystem::copy_file(good, cut);
  std::filesystem::resize_file(cut, std::filesystem::file_size(cut) - 5);
  EXPECT_THROW(set(cut), Error);
  EXPECT_THROW(set(folder_.path() / "missing.safetensors"), Error);
  EXPECT_TRUE(identical(picture(set(good)), before));
  EXPECT_TRUE(identical(picture({}), base));
}

}  // namespace
}  // namespace veneer::pipelines
