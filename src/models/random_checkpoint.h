// Weights for a configuration that has no files: what benchmarks run on. Names and shapes come from the builders
// themselves, so they cannot drift from what the models read.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "checkpoint/checkpoint.h"
#include "models/autoencoder_kl.h"
#include "models/clip_text.h"
#include "models/unet_2d_condition.h"

namespace veneer::models {

/// Every parameter that a model reads, by its name in the checkpoint.
using ParameterShapes = std::map<std::string, Shape>;

ParameterShapes parameter_shapes(const UnetConfig& config);
ParameterShapes parameter_shapes(const ClipTextConfig& config);
ParameterShapes parameter_shapes(const AutoencoderKlConfig& config);  ///< of encoder and decoder

/// f16 tensors of these shapes: matrices and kernels uniform, of a variance that keeps activations near unit variance;
/// norms the identity; biases zero. The same seed gives the same values, whatever the number of threads.
checkpoint::Checkpoint random_checkpoint(const ParameterShapes& shapes, std::uint64_t seed = 0);

}  // namespace veneer::models
