// Damaged adapter files: refused with an Error, or read into an adapter whose parts fit. Never a crash.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "adapters/read_adapter.h"
#include "base/error.h"
#include "base/file.h"
#include "support/golden.h"

namespace veneer::adapters {
namespace {

/// Overwrites a few bytes, of the header nine times in ten: damage to the rest is only other values.
std::string damaged(std::string file, std::size_t header_size, std::mt19937& random) {
  const auto below = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  for (std::size_t i = below(3) + 1; i > 0; --i) {
    const std::size_t at = below(10) == 0 ? below(file.size()) : 8 + below(header_size);
    const bool copy = below(2) == 0;  // from elsewhere in the header: names and numbers of other tensors
    file[at] = copy ? file[8 + below(header_size)] : static_cast<char>(below(256));
  }
  return file;
}

void expect_consistent(const Adapter& adapter) {
  for (const auto& delta : adapter.deltas) {
    const auto& low_rank = std::get<LowRank>(delta.form);
    ASSERT_EQ(low_rank.up.dim(1), delta.rank);
    ASSERT_EQ(low_rank.up.shape().size(), low_rank.down.shape().size());
    ASSERT_TRUE(std::isfinite(delta.scale));
    for (const Tensor* tensor : {&low_rank.down, &low_rank.up})
      for (const float value : tensor->to_f32()) ASSERT_TRUE(std::isfinite(value));
  }
}

TEST(AdapterProperty, DamagedFilesAreRefusedOrConsistent) {
  int refused = 0, accepted = 0;
  for (const char* name : {"attention_processors", "diffusers_old", "unprefixed"}) {
    const std::string file =
        read_text_file(testing_support::golden_path(std::string("adapters/") + name + ".safetensors"));
    std::size_t header_size = 0;
    for (int i = 7; i >= 0; --i)
      header_size = header_size << 8 | static_cast<unsigned char>(file[static_cast<std::size_t>(i)]);
    for (unsigned seed = 0; seed < 300; ++seed) {
      std::mt19937 random(seed);
      std::vector<AdapterSource> sources;
      sources.push_back({damaged(file, header_size, random), "damaged", "", ""});
      try {
        expect_consistent(*read_adapter(std::move(sources), "damaged"));
        ++accepted;
      } catch (const Error& e) {
        ASSERT_TRUE(e.code() == ErrorCode::corrupt_file || e.code() == ErrorCode::unsupported) << e.what();
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 300);
  EXPECT_GT(accepted, 10);
}

}  // namespace
}  // namespace veneer::adapters
