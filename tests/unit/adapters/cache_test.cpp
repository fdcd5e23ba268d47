#include "adapters/cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "adapters/read_adapter.h"
#include "base/error.h"
#include "base/file.h"
#include "checkpoint/safetensors.h"
#include "support/allocations.h"
#include "support/scratch.h"

namespace veneer::adapters {
namespace {

using runtime::AdapterBinding;

std::string adapter_bytes(float value) {
  const Tensor down = Tensor::from_f32({1, 8}, std::vector<float>(8, value));
  const Tensor up = Tensor::from_f32({8, 1}, std::vector<float>(8, value));
  return checkpoint::serialize_safetensors({{"unet.a.lora_A.weight", down}, {"unet.a.lora_B.weight", up}}, {});
}

float first_value(const Adapter& adapter) {
  return std::get<LowRank>(adapter.deltas.front().form).down.f32()[0];
}

class Cache : public testing::Test {
 protected:
  testing_support::ScratchFolder folder_;
  const std::filesystem::path a_ = folder_.write("a.safetensors", adapter_bytes(1));
  const std::filesystem::path b_ = folder_.write("b.safetensors", adapter_bytes(2));
  const std::size_t one_ = read_adapter(a_)->bytes;
};

TEST_F(Cache, ReadsAFileOnce) {
  AdapterCache cache(10 * one_);
  const auto first = cache.adapter(a_);
  EXPECT_EQ(cache.adapter(a_), first);
  EXPECT_NE(cache.adapter(b_), first);
  EXPECT_EQ(cache.statistics().hits, 1);
  EXPECT_EQ(cache.statistics().misses, 2);
  EXPECT_EQ(cache.statistics().bytes, 2 * one_);
}

TEST_F(Cache, ReadsAFileAgainThatChanged) {
  AdapterCache cache(10 * one_);
  EXPECT_EQ(first_value(*cache.adapter(a_)), 1);
  write_file(a_, adapter_bytes(3));  // as long as before
  EXPECT_EQ(first_value(*cache.adapter(a_)), 3);
}

TEST_F(Cache, ReadsAFolderAgainWhoseConfigurationChanged) {
  const auto config = [](int alpha) {
    return R"({"peft_type": "LORA", "r": 1, "lora_alpha": )" + std::to_string(alpha) + R"(, "target_modules": ["a"]})";
  };
  folder_.write("peft/unet/adapter_model.safetensors", adapter_bytes(1));
  folder_.write("peft/unet/adapter_config.json", config(1));
  AdapterCache cache(100 * one_);
  const auto folder = folder_.path() / "peft";
  EXPECT_EQ(cache.adapter(folder)->deltas.front().scale, 1);
  write_file(folder / "unet/adapter_config.json", config(5));
  EXPECT_EQ(cache.adapter(folder)->deltas.front().scale, 5);
}

TEST_F(Cache, TheLeastRecentlyUsedGoesFirst) {
  const auto c = folder_.write("c.safetensors", adapter_bytes(3));
  AdapterCache cache(2 * one_);
  (void)cache.adapter(a_);
  (void)cache.adapter(b_);
  (void)cache.adapter(a_);
  (void)cache.adapter(c);  // drives out b
  EXPECT_LE(cache.statistics().bytes, 2 * one_);
  const auto misses = cache.statistics().misses;
  (void)cache.adapter(a_);
  EXPECT_EQ(cache.statistics().misses, misses);
  (void)cache.adapter(b_);
  EXPECT_EQ(cache.statistics().misses, misses + 1);
}

TEST_F(Cache, WhatIsLargerThanTheBudgetDrivesNothingOut) {
  AdapterCache cache(one_ + one_ / 2);
  const auto small = cache.adapter(a_);
  const auto large = folder_.write(
      "large.safetensors",
      checkpoint::serialize_safetensors({{"unet.a.lora_A.weight", Tensor::from_f32({9, 8}, std::vector<float>(72))},
                                         {"unet.a.lora_B.weight", Tensor::from_f32({8, 9}, std::vector<float>(72))}},
                                        {}));
  ASSERT_GT(cache.adapter(large)->bytes, one_ + one_ / 2);
  EXPECT_EQ(cache.statistics().bytes, one_);
  EXPECT_EQ(cache.adapter(a_), small);
}

TEST_F(Cache, WithoutABudgetNothingIsKept) {
  AdapterCache cache(0);
  EXPECT_EQ(first_value(*cache.adapter(a_)), 1);
  EXPECT_EQ(first_value(*cache.adapter(a_)), 1);
  EXPECT_EQ(cache.statistics().hits, 0);
  EXPECT_EQ(cache.statistics().bytes, 0u);
}

TEST_F(Cache, AFailureIsNotKept) {
  AdapterCache cache(10 * one_);
  const auto broken = folder_.write("broken.safetensors", "nothing");
  for (int i = 0; i < 2; ++i) EXPECT_THROW((void)cache.adapter(broken), Error);
  write_file(broken, adapter_bytes(4));
  EXPECT_EQ(first_value(*cache.adapter(broken)), 4);
  EXPECT_EQ(cache.statistics().bytes, one_);
}

TEST_F(Cache, ThreadsThatAskForOneBindingMakeItOnce) {
  AdapterCache cache(1 << 20);
  std::atomic<int> made = 0;
  std::vector<std::shared_ptr<const AdapterBinding>> got(4);
  std::vector<std::thread> threads;
  for (auto& binding : got)
    threads.emplace_back([&] {
      binding = cache.binding("key", [&] {
        ++made;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return std::make_shared<const AdapterBinding>();
      });
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(made, 1);
  for (const auto& binding : got) EXPECT_EQ(binding, got[0]);
}

/// A binding of some bytes over a layer of 8 channels.
class Bindings : public testing::Test {
 protected:
  std::shared_ptr<const AdapterBinding> make() {
    runtime::SlotDelta delta;
    delta.slot = 0;
    delta.form = runtime::BindingForm::branch;
    delta.terms = {
        {Tensor::from_f32({1, 8}, std::vector<float>(8)), Tensor::from_f32({8, 1}, std::vector<float>(8)), 1}};
    ++made_;
    return AdapterBinding::make(store_, std::span(&delta, 1));
  }
  std::shared_ptr<const AdapterBinding> get(AdapterCache& cache, const std::string& key) {
    return cache.binding(key, [&] { return make(); });
  }

  runtime::WeightStore store_;
  std::atomic<int> made_ = 0;
};

TEST_F(Bindings, ThereIsOneCopyHoweverManyUseIt) {
  AdapterCache cache(make()->bytes());  // of one
  made_ = 0;
  const auto a = get(cache, "a");
  (void)get(cache, "b");  // drives a out
  EXPECT_EQ(get(cache, "a"), a) << "it is still in use";
  EXPECT_EQ(made_, 2);
  EXPECT_EQ(cache.statistics().bytes, a->bytes());
}

TEST_F(Bindings, WhatNobodyUsesIsMadeAgain) {
  AdapterCache cache(make()->bytes());
  made_ = 0;
  (void)get(cache, "a");
  (void)get(cache, "b");
  (void)get(cache, "a");
  EXPECT_EQ(made_, 3);
}

TEST_F(Bindings, WantOfMemoryLeavesTheAccountsRight) {
  const std::shared_ptr<const AdapterBinding> ready[] = {make(), make()};
  const std::size_t one = ready[0]->bytes();
  int failures = 0;
  for (int succeed = 0; succeed < 40; ++succeed) {
    AdapterCache cache(one);
    for (const std::size_t i : {0, 1, 0}) {
      const std::string key(40, static_cast<char>('a' + i));
      const AdapterCache::MakeBinding make_ready = [&] { return ready[i]; };
      testing_support::allocations.left = succeed;
      try {
        (void)cache.binding(key, make_ready);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::out_of_memory);
        ++failures;
      }
      testing_support::allocations.left = -1;
      EXPECT_LE(cache.statistics().bytes, one) << "after " << succeed << " allocations";
    }
    EXPECT_EQ(cache.binding("c", [&] { return ready[0]; }), ready[0]);
    EXPECT_EQ(cache.statistics().bytes, one);
  }
  EXPECT_GT(failures, 3);
}

TEST_F(Bindings, WhoWaitedSharesWhatIsNotKept) {
  AdapterCache cache(0);
  std::latch asked(4);
  std::vector<std::shared_ptr<const AdapterBinding>> got(4);
  std::vector<std::thread> threads;
  for (auto& binding : got)
    threads.emplace_back([&] {
      asked.count_down();
      binding = cache.binding("a", [&] {
        asked.wait();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));  // for the others to ask
        return make();
      });
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(made_, 1);
  for (const auto& binding : got) EXPECT_EQ(binding, got[0]);
  EXPECT_EQ(cache.statistics().bytes, 0u);
}

TEST_F(Bindings, WhoWaitedMakesItAnewWhereItFailed) {
  AdapterCache cache(1 << 20);
  std::latch making(1);
  std::thread failing([&] {
    EXPECT_THROW((void)cache.binding("a",
                                     [&]() -> std::shared_ptr<const AdapterBinding> {
                                       making.count_down();
                                       std::this_thread::sleep_for(std::chrono::milliseconds(20));
                                       fail(ErrorCode::cancelled, "the first request was stopped");
                                     }),
                 Error);
  });
  making.wait();
  EXPECT_NE(get(cache, "a"), nullptr);
  failing.join();
}

TEST_F(Bindings, AWaitEndsWhenAStopIsRequested) {
  AdapterCache cache(1 << 20);
  std::latch making(1), stopped(1);
  std::thread maker([&] {
    (void)cache.binding("a", [&] {
      making.count_down();
      stopped.wait();
      return make();
    });
  });
  making.wait();
  std::stop_source stop;
  std::thread stopper([&] { stop.request_stop(); });
  try {
    (void)cache.binding(
        "a", [&] { return make(); }, stop.get_token());
    ADD_FAILURE() << "did not stop";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::cancelled);
  }
  stopper.join();
  stopped.count_down();
  maker.join();
  EXPECT_EQ(made_, 1);
}

}  // namespace
}  // namespace veneer::adapters
