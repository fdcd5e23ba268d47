// TorchGenerator against torch.randn (tests/golden/random.json, written by tools/reference/random_goldens.py).
#include "schedulers/noise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>

#include "base/error.h"
#include "base/json.h"

namespace veneer::schedulers {
namespace {

const std::filesystem::path kGolden = VENEER_SOURCE_DIR "/tests/golden/random.json";

void expect_parts(const Json& call, std::span<const float> values, const std::string& what, double& worst) {
  for (const Json& part : call.at("parts")) {
    const auto first = part.at(0).get<std::size_t>();
    const Json& expected = part.at(1);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double error = std::abs(expected[i].get<double>() - static_cast<double>(values[first + i]));
      worst = std::max(worst, error);
      ASSERT_LE(error, 1e-6) << what << ", value " << first + i;
    }
  }
}

TEST(TorchRandn, EqualsTorch) {
  double worst = 0;
  std::size_t calls = 0;
  const Json golden = read_json_file(kGolden);
  for (const Json& one : golden.at("cases")) {
    TorchGenerator generator(std::stoull(one.at("seed").get<std::string>()));
    for (const Json& call : one.at("calls")) {
      std::vector<float> values(call.at("size").get<std::size_t>(), std::numeric_limits<float>::quiet_NaN());
      generator.fill_normal(values);
      expect_parts(call, values, "seed " + one.at("seed").get<std::string>() + ", size " + call.at("size").dump(),
                   worst);
      ++calls;
    }
  }
  EXPECT_GE(calls, 150U);
  RecordProperty("worst_error", fmt::format("{:.2g}", worst));
}

TEST(TorchRandn, AnEmptyCallDrawsNothing) {
  TorchGenerator a(7);
  TorchGenerator b(7);
  a.fill_normal({});
  float x = 0;
  float y = 1;
  a.fill_normal({&x, 1});
  b.fill_normal({&y, 1});
  EXPECT_EQ(x, y);
}

TEST(NoiseSource, GivesEachImageItsOwnGenerator) {
  std::vector<float> batch(3 * 20);
  NoiseSource noise(std::numeric_limits<std::uint64_t>::max() - 1, 3);
  noise.fill_normal(batch);
  noise.fill_normal(batch);
  // The seeds run 2^64 - 2, 2^64 - 1, 0.
  const std::uint64_t seeds[] = {std::numeric_limits<std::uint64_t>::max() - 1,
                                 std::numeric_limits<std::uint64_t>::max(), 0};
  for (std::size_t i = 0; i < 3; ++i) {
    TorchGenerator alone(seeds[i]);
    std::vector<float> image(20);
    alone.fill_normal(image);
    alone.fill_normal(image);
    for (std::size_t j = 0; j < image.size(); ++j) EXPECT_EQ(batch[i * 20 + j], image[j]);
  }
  std::vector<float> odd(4);
  EXPECT_THROW(noise.fill_normal(odd), Error);
}

}  // namespace
}  // namespace veneer::schedulers
