// The convolutional half of a UNet and all of an autoencoder: residual blocks and changes of resolution, named as
// diffusers' ResnetBlock2D, Downsample2D and Upsample2D name their weights.
#pragma once

#include <optional>

#include "nn/builder.h"

namespace veneer::nn {

struct ResnetOptions {
  std::int64_t groups = 32;
  double eps = 1e-5;
  Activation activation = Activation::silu;
  double output_scale_factor = 1;
};

/// x [N,H,W,C] -> [N,H,W,out_channels]. `time` is the activated time embedding [N,D], or nothing in an autoencoder.
///
///     h = conv1(act(norm1(x))) + time_emb_proj(time)
///     y = (shortcut(x) + conv2(act(norm2(h)))) / output_scale_factor
Value resnet_block(const Builder& b, Value x, std::optional<Value> time, std::int64_t out_channels,
                   const ResnetOptions& options);

/// [N,H,W,C] -> [N,H',W',C] by a convolution of stride 2. Padding 1 is on all sides and rounds up; padding 0 means one
/// pixel to the right and below and rounds down.
Value downsample(const Builder& b, Value x, std::int64_t padding);

/// [N,H,W,C] -> [N,height,width,C]: nearest neighbour, then a convolution.
Value upsample(const Builder& b, Value x, std::int64_t height, std::int64_t width);

}  // namespace veneer::nn
