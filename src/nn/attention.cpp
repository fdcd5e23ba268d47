#include "nn/attention.h"

namespace veneer::nn {
namespace {

// Constants of the reference's modules, which no configuration changes.
constexpr double kLayerNormEps = 1e-5;
constexpr double kTransformerGroupNormEps = 1e-6;
constexpr std::int64_t kFeedForwardFactor = 4;

/// GEGLU: https://arxiv.org/abs/2002.05202
Value feed_forward(const Builder& b, Value x) {
  const std::int64_t channels = b.channels(x);
  const Value hidden = b.linear("net.0.proj", x, 2 * kFeedForwardFactor * channels);  // value and gate
  return b.linear("net.2", b.geglu(hidden), channels);
}

Value to_tokens(const Builder& b, Value x) {  // [N,H,W,C] -> [N,H*W,C]
  const Shape shape = b.shape(x);
  return b.reshape(x, {shape[1] * shape[2], shape[3]});
}

}  // namespace

Value attention(const Builder& b, Value x, Value memory, const AttentionOptions& options) {
  const std::int64_t columns = options.heads * options.head_dim;
  const Value q = b.linear("to_q", x, columns, options.projection_bias);       // [N,T,columns]
  const Value k = b.linear("to_k", memory, columns, options.projection_bias);  // [N,M,columns]
  const Value v = b.linear("to_v", memory, columns, options.projection_bias);  // [N,M,columns]
  return b.linear("to_out.0", b.attention(q, k, v, {.heads = options.heads}), b.channels(x));
}

Value pixel_attention(const Builder& b, Value x, std::int64_t groups, double eps) {
  const Shape image = b.shape(x);
  const Value h = to_tokens(b, b.group_norm("group_norm", x, groups, eps));
  const Value y = attention(b, h, h, {.heads = 1, .head_dim = image[3], .projection_bias = Bias::with});
  return b.reshape(b.add(to_tokens(b, x), y), {image[1], image[2], image[3]});
}

Value transformer_block(const Builder& b, Value x, Value text, const TransformerOptions& options) {
  const AttentionOptions heads{options.heads, options.head_dim};
  const Value h1 = b.layer_norm("norm1", x, kLayerNormEps);
  const Value memory = options.first_attention == FirstAttention::self ? h1 : text;
  x = b.add(x, attention(b.scope("attn1"), h1, memory, heads));

  const Value h2 = b.layer_norm("norm2", x, kLayerNormEps);
  x = b.add(x, attention(b.scope("attn2"), h2, text, heads));

  const Value h3 = b.layer_norm("norm3", x, kLayerNormEps);
  return b.add(x, feed_forward(b.scope("ff"), h3));
}

Value transformer_2d(const Builder& b, Value x, Value text, const TransformerOptions& options) {
  const Shape image = b.shape(x);
  const std::int64_t columns = options.heads * options.head_dim;
  const auto project = [&](std::string_view name, Value h, std::int64_t channels) {  // [N,H,W,*] -> [N,H,W,channels]
    return options.projection == Projection::linear ? b.linear(name, h, channels)
                                                    : b.conv2d(name, h, channels, same_size(1));
  };
  Value h = project("proj_in", b.group_norm("norm", x, options.groups, kTransformerGroupNormEps), columns);
  h = to_tokens(b, h);
  for (std::size_t i = 0; i < static_cast<std::size_t>(options.layers); ++i)
    h = transformer_block(b.scope("transformer_blocks", i), h, text, options);
  h = b.reshape(h, {image[1], image[2], columns});
  return b.add(x, project("proj_out", h, image[3]));
}

}  // namespace veneer::nn
