// What tells a denoiser how noisy its input is.
#pragma once

#include "nn/builder.h"

namespace veneer::nn {

struct TimeEmbeddingOptions {
  std::int64_t channels = 1280;
  Activation activation = Activation::silu;       ///< between the two layers
  Activation post_activation = Activation::none;  ///< after the second
};

/// sinusoid [N,D] -> [N,channels]: linear_1, activation, linear_2. https://arxiv.org/abs/2006.11239, appendix B.
Value time_embedding(const Builder& b, Value sinusoid, const TimeEmbeddingOptions& options);

}  // namespace veneer::nn
