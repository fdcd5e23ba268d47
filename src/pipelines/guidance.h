// How the predictions of a sample are combined into one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace veneer::pipelines {

/// Classifier-free guidance (https://arxiv.org/abs/2207.12598) with `scale`, or none where it is at most 1.
struct Guidance {
  float scale = 1;

  /// Rows of the denoiser's batch for each sample: the negative prompt's and the prompt's, or the prompt's alone.
  [[nodiscard]] std::int64_t rows() const { return scale > 1 ? 2 : 1; }

  /// The batch holds the negative rows of all samples, then the others. What is sought comes to lie in its first part.
  void combine(std::span<float> predicted) const {
    if (rows() == 1) return;
    const std::size_t count = predicted.size() / 2;
    for (std::size_t i = 0; i < count; ++i) predicted[i] += scale * (predicted[count + i] - predicted[i]);
  }
};

}  // namespace veneer::pipelines
