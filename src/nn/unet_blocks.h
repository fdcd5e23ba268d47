// The blocks that a conditional UNet is made of, named as diffusers' DownBlock2D, CrossAttnDownBlock2D, UNetMidBlock2D,
// UNetMidBlock2DCrossAttn, UpBlock2D and CrossAttnUpBlock2D name their weights.
#pragma once

#include <optional>
#include <vector>

#include "nn/attention.h"
#include "nn/resnet.h"

namespace veneer::nn {

/// What every block reads besides the image.
struct Conditioning {
  Value time;  ///< activated time embedding [N,D]
  Value text;  ///< [N,tokens,D']; unread by blocks without attention
};

struct UnetBlockOptions {
  std::int64_t channels = 320;
  std::int64_t layers = 2;
  ResnetOptions resnet;
  std::vector<TransformerOptions> transformers;  ///< one a layer, or none for a block without attention
};

/// x [N,H,W,*] -> the outputs of all layers [N,H,W,channels] and, with a padding for it, of the downsampler. These are
/// the skips; the last is also the block's output. See nn::downsample for the padding.
std::vector<Value> unet_down_block(const Builder& b, Value x, const Conditioning& conditioning,
                                   const UnetBlockOptions& options, std::optional<std::int64_t> downsample_padding);

/// x [N,H,W,C] -> [N,H,W,C]: a resnet, and where there is a transformer that and another resnet.
Value unet_mid_block(const Builder& b, Value x, const Conditioning& conditioning, const ResnetOptions& resnet,
                     const std::optional<TransformerOptions>& transformer);

/// x [N,H,W,*] -> [N,H,W,channels], or of the finer size with an upsampler. Each layer takes the last of `skips` and
/// sets it beside its input.
Value unet_up_block(const Builder& b, Value x, const Conditioning& conditioning, const UnetBlockOptions& options,
                    std::vector<Value>& skips, std::optional<graph::Upsample> finer);

}  // namespace veneer::nn
