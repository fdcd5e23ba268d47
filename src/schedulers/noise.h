// PyTorch's CPU random numbers, so that one seed gives one picture here and there.
// A generator belongs to one request and is not shared by threads.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <vector>

namespace veneer::schedulers {

/// torch.Generator("cpu") as far as torch.randn(..., dtype=float32) uses it.
///
/// The values agree with torch's to 1e-6: its vectorised logarithm and sine differ between processors in the last bits.
class TorchGenerator {
 public:
  /// As torch.manual_seed(seed). A negative seed s is 2^64 + s there: cast it. Of the 64 bits, torch's engine
  /// (at::mt19937) takes the low 32 only, so seeds that differ above them give the same numbers there and here.
  explicit TorchGenerator(std::uint64_t seed);

  /// What the next torch.randn(values.size()) gives. Sizes matter, not only their sum: from 16 values on, torch
  /// transforms blocks of 16 and draws the last 16 again where the size is no multiple of it; below, it draws
  /// pairs in double precision and keeps an odd one for the next small call.
  void fill_normal(std::span<float> values);

 private:
  void fill_blocks(std::span<float> values);
  double next_normal();
  double next_uniform_double();

  std::mt19937 engine_;
  std::optional<double> spare_;  ///< the second of a pair, not yet given out
};

/// The noise of one request: a generator for each image of the batch, as diffusers' randn_tensor uses a list of them.
class NoiseSource {
 public:
  /// Image i draws from a generator seeded with seed + i (modulo 2^64). num_images >= 1.
  NoiseSource(std::uint64_t seed, std::size_t num_images);

  /// Fills a batch: each image's equal share of `values` from its own generator, one image after the other.
  /// values.size() is a multiple of num_images.
  void fill_normal(std::span<float> values);

 private:
  std::vector<TorchGenerator> generators_;
};

}  // namespace veneer::schedulers
