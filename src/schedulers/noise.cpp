#include "schedulers/noise.h"

#include <cmath>
#include <numbers>

#include "base/check.h"

namespace veneer::schedulers {
namespace {

constexpr std::size_t kBlock = 16;

/// at::uniform_real_distribution<float>: the low 24 bits of one draw, in [0, 1).
float uniform(std::mt19937& engine) {
  return static_cast<float>(engine() & 0xffffffU) * 0x1p-24F;
}

/// Box-Muller over 16 uniforms: the first 8 become radii, the last 8 angles. In f32 throughout, theta too, as
/// torch's AVX2 and AVX-512 code does it; its portable code rounds theta once less and differs by up to 3e-6.
void box_muller(float* block) {
  constexpr float kTwoPi = 2.0F * std::numbers::pi_v<float>;
  for (std::size_t j = 0; j < kBlock / 2; ++j) {
    const float radius = std::sqrt(-2.0F * std::log(1.0F - block[j]));
    const float theta = kTwoPi * block[j + kBlock / 2];
    block[j] = radius * std::cos(theta);
    block[j + kBlock / 2] = radius * std::sin(theta);
  }
}

}  // namespace

TorchGenerator::TorchGenerator(std::uint64_t seed) : engine_(static_cast<std::uint32_t>(seed & 0xffffffffU)) {}

void TorchGenerator::fill_normal(std::span<float> values) {
  if (values.size() >= kBlock) {
    fill_blocks(values);
    return;
  }
  for (float& value : values) value = static_cast<float>(next_normal());
}

// at::native::templates::cpu::normal_fill
void TorchGenerator::fill_blocks(std::span<float> values) {
  for (float& value : values) value = uniform(engine_);
  const std::size_t whole = values.size() - values.size() % kBlock;
  for (std::size_t i = 0; i < whole; i += kBlock) box_muller(values.data() + i);
  if (whole == values.size()) return;
  const std::span<float> last = values.last(kBlock);
  for (float& value : last) value = uniform(engine_);
  box_muller(last.data());
}

// at::normal_distribution<double>; the spare lives in the generator there as well.
double TorchGenerator::next_normal() {
  if (spare_) {
    const double value = *spare_;
    spare_.reset();
    return value;
  }
  const double u1 = next_uniform_double();
  const double u2 = next_uniform_double();
  const double radius = std::sqrt(-2.0 * std::log1p(-u2));
  const double theta = 2.0 * std::numbers::pi * u1;
  spare_ = radius * std::sin(theta);
  return radius * std::cos(theta);
}

double TorchGenerator::next_uniform_double() {
  const std::uint64_t high = engine_();
  const std::uint64_t low = engine_();
  constexpr std::uint64_t kMask = (std::uint64_t{1} << 53) - 1;
  return static_cast<double>(((high << 32) | low) & kMask) * 0x1p-53;
}

NoiseSource::NoiseSource(std::uint64_t seed, std::size_t num_images) {
  VENEER_CHECK(num_images >= 1);
  generators_.reserve(num_images);
  for (std::size_t i = 0; i < num_images; ++i) generators_.emplace_back(seed + i);
}

void NoiseSource::fill_normal(std::span<float> values) {
  VENEER_CHECK_EQ(values.size() % generators_.size(), std::size_t{0});
  const std::size_t image_size = values.size() / generators_.size();
  for (std::size_t i = 0; i < generators_.size(); ++i)
    generators_[i].fill_normal(values.subspan(i * image_size, image_size));
}

}  // namespace veneer::schedulers
