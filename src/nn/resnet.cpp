#include "nn/resnet.h"

namespace veneer::nn {

Value resnet_block(const Builder& b, Value x, std::optional<Value> time, std::int64_t out_channels,
                   const ResnetOptions& options) {
  Value h = b.activate(b.group_norm("norm1", x, options.groups, options.eps), options.activation);
  h = b.conv2d("conv1", h, out_channels);  // [N,H,W,out]
  if (time) h = b.add_channels(h, b.linear("time_emb_proj", *time, out_channels));
  h = b.activate(b.group_norm("norm2", h, options.groups, options.eps), options.activation);
  h = b.conv2d("conv2", h, out_channels);
  if (b.channels(x) != out_channels) x = b.conv2d("conv_shortcut", x, out_channels, same_size(1));
  return b.affine(b.add(x, h), 1 / options.output_scale_factor);
}

Value downsample(const Builder& b, Value x, std::int64_t padding) {
  const graph::Padding sides =
      padding == 0 ? graph::Padding{.bottom = 1, .right = 1} : graph::Padding{padding, padding, padding, padding};
  return b.conv2d("conv", x, b.channels(x), {.kernel = 3, .stride = 2, .padding = sides});
}

Value upsample(const Builder& b, Value x, std::int64_t height, std::int64_t width) {
  return b.conv2d("conv", b.upsample(x, height, width), b.channels(x));
}

}  // namespace veneer::nn
