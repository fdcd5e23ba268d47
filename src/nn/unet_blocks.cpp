#include "nn/unet_blocks.h"

#include "base/check.h"

namespace veneer::nn {
namespace {

Value layer(const Builder& b, Value x, const Conditioning& conditioning, const UnetBlockOptions& options,
            std::size_t i) {
  x = resnet_block(b.scope("resnets", i), x, conditioning.time, options.channels, options.resnet);
  if (options.transformers.empty()) return x;
  return transformer_2d(b.scope("attentions", i), x, conditioning.text, options.transformers.at(i));
}

}  // namespace

std::vector<Value> unet_down_block(const Builder& b, Value x, const Conditioning& conditioning,
                                   const UnetBlockOptions& options, std::optional<std::int64_t> downsample_padding) {
  std::vector<Value> outputs;
  for (std::size_t i = 0; i < static_cast<std::size_t>(options.layers); ++i) {
    x = layer(b, x, conditioning, options, i);
    outputs.push_back(x);
  }
  if (downsample_padding) outputs.push_back(downsample(b.scope("downsamplers.0"), x, *downsample_padding));
  return outputs;
}

Value unet_mid_block(const Builder& b, Value x, const Conditioning& conditioning, const ResnetOptions& resnet,
                     const std::optional<TransformerOptions>& transformer) {
  const std::int64_t channels = b.channels(x);
  x = resnet_block(b.scope("resnets.0"), x, conditioning.time, channels, resnet);
  if (!transformer) return x;
  x = transformer_2d(b.scope("attentions.0"), x, conditioning.text, *transformer);
  return resnet_block(b.scope("resnets.1"), x, conditioning.time, channels, resnet);
}

Value unet_up_block(const Builder& b, Value x, const Conditioning& conditioning, const UnetBlockOptions& options,
                    std::vector<Value>& skips, std::optional<graph::Upsample> finer) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(options.layers); ++i) {
    VENEER_CHECK(!skips.empty());
    x = layer(b, b.concat(x, skips.back()), conditioning, options, i);
    skips.pop_back();
  }
  return finer ? upsample(b.scope("upsamplers.0"), x, finer->height, finer->width) : x;
}

}  // namespace veneer::nn
