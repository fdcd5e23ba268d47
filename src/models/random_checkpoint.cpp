#include "models/random_checkpoint.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"

namespace veneer::models {
namespace {

/// Zeros that take no memory until somebody touches them.
Tensor untouched_zeros(const Shape& shape) {
  const auto size = static_cast<std::size_t>(element_count(shape)) * size_of(DType::f16);
  std::shared_ptr<void> owner(std::calloc(size, 1), std::free);
  if (owner == nullptr) fail(ErrorCode::out_of_memory, "parameter_shapes: cannot allocate {} bytes", size);
  const std::span bytes(static_cast<const std::byte*>(owner.get()), size);
  return {DType::f16, shape, bytes, std::move(owner)};
}

/// The parameters that `build` asks for.
ParameterShapes recorded(const std::function<void(const nn::WeightSource&)>& build) {
  ParameterShapes shapes;
  const auto record = [&shapes](const std::string& name, const Shape& expected) -> std::optional<Tensor> {
    shapes[name] = expected;
    return untouched_zeros(expected);
  };
  build(nn::WeightSource(record, "parameter_shapes"));
  return shapes;
}

/// https://prng.di.unimi.it/splitmix64.c, of a counter
std::uint64_t mix(std::uint64_t counter) {
  std::uint64_t z = counter * 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

/// One of 4096 levels between -bound and bound for each value: a model has 10^9 values, and this takes two seconds for
/// them, not ten.
void fill_uniform(std::span<std::uint16_t> values, float bound, std::uint64_t seed) {
  std::array<std::uint16_t, 4096> levels;
  for (std::size_t i = 0; i < levels.size(); ++i)
    levels[i] = f32_to_f16(bound * (static_cast<float>(2 * i + 1) / static_cast<float>(levels.size()) - 1));
  constexpr std::size_t kDraws = 5;  // of 12 bits from one number
  constexpr std::int64_t kGrain = 1 << 14;
  const auto numbers = static_cast<std::int64_t>((values.size() + kDraws - 1) / kDraws);
  parallel_for(numbers, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t number = begin; number < end; ++number) {
      std::uint64_t bits = mix(seed + static_cast<std::uint64_t>(number));
      const std::size_t first = static_cast<std::size_t>(number) * kDraws;
      for (std::size_t i = first; i < std::min(first + kDraws, values.size()); ++i, bits >>= 12)
        values[i] = levels[bits % levels.size()];
    }
  });
}

/// FNV-1a: the same number everywhere, unlike std::hash.
std::uint64_t hash_of(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

Tensor random_tensor(const std::string& name, const Shape& shape, std::uint64_t seed) {
  auto values = std::make_shared<std::vector<std::uint16_t>>(static_cast<std::size_t>(element_count(shape)));
  if (shape.size() > 1) {
    const auto fan_in = static_cast<float>(element_count(shape) / shape.front());
    fill_uniform(*values, std::sqrt(3 / fan_in), mix(seed ^ hash_of(name)));
  } else if (name.ends_with(".weight")) {
    values->assign(values->size(), f32_to_f16(1));
  }
  return {DType::f16, shape, std::as_bytes(std::span(*values)), values};
}

}  // namespace

ParameterShapes parameter_shapes(const UnetConfig& config) {
  return recorded([&](const nn::WeightSource& weights) { (void)build_unet(config, weights, {1, 8, 8, 1}); });
}

ParameterShapes parameter_shapes(const ClipTextConfig& config) {
  return recorded([&](const nn::WeightSource& weights) { (void)build_clip_text(config, weights, {1, 1}); });
}

ParameterShapes parameter_shapes(const AutoencoderKlConfig& config) {
  return recorded([&](const nn::WeightSource& weights) {
    (void)build_decoder(config, weights, {1, 1, 1});
    (void)build_encoder(config, weights, {1, config.downsampling(), config.downsampling()});
  });
}

checkpoint::Checkpoint random_checkpoint(const ParameterShapes& shapes, std::uint64_t seed) {
  checkpoint::Checkpoint::Tensors tensors;
  for (const auto& [name, shape] : shapes) tensors.emplace(name, random_tensor(name, shape, seed));
  return {std::move(tensors), "random weights"};
}

}  // namespace veneer::models
