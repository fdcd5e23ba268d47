#include "runtime/buffer.h"

#include <gtest/gtest.h>

#include <vector>

namespace veneer::runtime {
namespace {

constexpr std::size_t kMegabyte = 1u << 20;

TEST(BufferPool, WhatOneLeavesTheNextGets) {
  const auto pool = BufferPool::make();
  const std::byte* place = nullptr;
  {
    const Buffer first = pool->take(10 * kMegabyte);
    place = first.data();
    EXPECT_EQ(first.size(), 10 * kMegabyte);
    EXPECT_EQ(pool->spare(), 0u);
  }
  EXPECT_EQ(pool->spare(), 10 * kMegabyte);
  EXPECT_EQ(pool->take(10 * kMegabyte).data(), place);
}

TEST(BufferPool, ASmallBufferLeavesTheRest) {
  const auto pool = BufferPool::make();
  pool->reserve(16 * kMegabyte);
  {
    const Buffer a = pool->take(4 * kMegabyte), b = pool->take(100);
    EXPECT_EQ(pool->spare(), 12 * kMegabyte - 4096);
    a.data()[4 * kMegabyte - 1] = b.data()[99] = std::byte{1};
  }
  EXPECT_EQ(pool->spare(), 16 * kMegabyte);
}

TEST(BufferPool, KeepsNoMoreThanTheLargest) {
  const auto pool = BufferPool::make();
  {
    std::vector<Buffer> many;
    for (int i = 0; i < 40; ++i) many.push_back(pool->take(2 * kMegabyte));
  }
  EXPECT_EQ(pool->spare(), 2 * kMegabyte);
  { const Buffer larger = pool->take(6 * kMegabyte); }
  EXPECT_EQ(pool->spare(), 6 * kMegabyte) << "the smaller one made room";
}

TEST(BufferPool, ABufferMayOutliveThePool) {
  auto pool = BufferPool::make();
  const Buffer buffer = pool->take(100);
  pool.reset();
  buffer.data()[99] = std::byte{1};
}

}  // namespace
}  // namespace veneer::runtime
