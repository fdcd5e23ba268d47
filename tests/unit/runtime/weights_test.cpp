// What the store of packed weights holds after a success and after a failure.
#include "runtime/weights.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "runtime/packed_weight.h"
#include "runtime/weighted.h"

namespace veneer::runtime {
namespace {

constexpr std::int64_t kChannels = 8;
constexpr std::size_t kElements = kChannels * kChannels;
const WeightedShape kShape{.rows = 4, .in = kChannels, .out = kChannels, .image = std::nullopt};

std::vector<graph::SlotWeight> part(const Tensor& weight) {
  return {{"slot", {"slot.weight", weight}, std::nullopt}};
}

TEST(WeightStore, AFailureLeavesNothingBehind) {
  WeightStore store;
  const Tensor integers = Tensor::from_i64({kChannels, kChannels}, std::vector<std::int64_t>(kElements));
  EXPECT_THROW((void)store.pack(part(integers), kShape), Error);
  EXPECT_TRUE(store.packed().empty());
  EXPECT_FALSE(store.find_slot("slot"));
  EXPECT_EQ(store.times_packed(), 0);
  EXPECT_EQ(store.packed_bytes(), 0U);

  const Tensor floats = Tensor::from_f32({kChannels, kChannels}, std::vector<float>(kElements));
  EXPECT_EQ(store.find(part(floats), kShape), nullptr);
  const PackedWeight* packed = store.pack(part(floats), kShape);
  EXPECT_EQ(store.find(part(floats), kShape), packed);
  EXPECT_EQ(store.pack(part(floats), kShape), packed);
  EXPECT_EQ(store.packed(), std::vector{packed});
  EXPECT_EQ(packed->id, 0);
  EXPECT_EQ(packed->slots.at(0).slot, store.find_slot("slot"));
  EXPECT_EQ(store.times_packed(), 1);
}

}  // namespace
}  // namespace veneer::runtime
