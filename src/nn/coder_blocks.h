// The blocks that an autoencoder is made of, named as diffusers' DownEncoderBlock2D, UNetMidBlock2D and
// UpDecoderBlock2D name their weights. No time, no text.
#pragma once

#include "nn/resnet.h"

namespace veneer::nn {

enum class Resampling { none, by_two };

struct CoderBlockOptions {
  std::int64_t channels = 128;
  std::int64_t layers = 2;
  ResnetOptions resnet;
  Resampling resampling = Resampling::none;
};

/// x [N,H,W,*] -> [N,H,W,channels], halved (rounding down) by a downsampler
Value encoder_block(const Builder& b, Value x, const CoderBlockOptions& options);

/// x [N,H,W,*] -> [N,H,W,channels], doubled by an upsampler
Value decoder_block(const Builder& b, Value x, const CoderBlockOptions& options);

enum class MidAttention { without, with };

/// x [N,H,W,C] -> [N,H,W,C]: two resnets, and attention of the pixels between them.
Value coder_mid_block(const Builder& b, Value x, const ResnetOptions& resnet, MidAttention attention);

}  // namespace veneer::nn
