#include "nn/coder_blocks.h"

#include "nn/attention.h"

namespace veneer::nn {
namespace {

Value resnets(const Builder& b, Value x, const CoderBlockOptions& options) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(options.layers); ++i)
    x = resnet_block(b.scope("resnets", i), x, std::nullopt, options.channels, options.resnet);
  return x;
}

}  // namespace

Value encoder_block(const Builder& b, Value x, const CoderBlockOptions& options) {
  x = resnets(b, x, options);
  return options.resampling == Resampling::none ? x : downsample(b.scope("downsamplers.0"), x, 0);
}

Value decoder_block(const Builder& b, Value x, const CoderBlockOptions& options) {
  x = resnets(b, x, options);
  if (options.resampling == Resampling::none) return x;
  const Shape image = b.shape(x);
  return upsample(b.scope("upsamplers.0"), x, 2 * image[1], 2 * image[2]);
}

Value coder_mid_block(const Builder& b, Value x, const ResnetOptions& resnet, MidAttention attention) {
  const std::int64_t channels = b.channels(x);
  x = resnet_block(b.scope("resnets.0"), x, std::nullopt, channels, resnet);
  if (attention == MidAttention::with) x = pixel_attention(b.scope("attentions.0"), x, resnet.groups, resnet.eps);
  return resnet_block(b.scope("resnets.1"), x, std::nullopt, channels, resnet);
}

}  // namespace veneer::nn
