// Attention and the transformer of a UNet, named as diffusers' Attention, BasicTransformerBlock and Transformer2DModel
// name their weights.
#pragma once

#include "nn/builder.h"

namespace veneer::nn {

struct AttentionOptions {
  std::int64_t heads = 8;
  std::int64_t head_dim = 40;            ///< heads * head_dim need not be the number of channels
  Bias projection_bias = Bias::without;  ///< of to_q, to_k and to_v; to_out always has one
};

/// Attention of the tokens x [N,T,C] to `memory` [N,M,D]; x itself for self-attention. -> [N,T,C]
/// https://arxiv.org/abs/1706.03762, section 3.2.2
Value attention(const Builder& b, Value x, Value memory, const AttentionOptions& options);

/// Self-attention of the pixels of an image [N,H,W,C], with one head, a norm before and a residual; an autoencoder's.
Value pixel_attention(const Builder& b, Value x, std::int64_t groups, double eps);

/// What attn1 of a transformer block attends to; attn2 always attends to the text.
enum class FirstAttention { self, text };

enum class Projection { convolution, linear };

struct TransformerOptions {
  std::int64_t heads = 8;
  std::int64_t head_dim = 40;
  std::int64_t layers = 1;
  std::int64_t groups = 32;
  Projection projection = Projection::convolution;
  FirstAttention first_attention = FirstAttention::self;
};

/// x [N,T,C], text [N,M,D] -> [N,T,C]. Pre-norm:  x += attn1(x);  x += attn2(x, text);  x += ff(x)
Value transformer_block(const Builder& b, Value x, Value text, const TransformerOptions& options);

/// x [N,H,W,C], text [N,M,D] -> [N,H,W,C]: `layers` transformer blocks over the pixels between two projections, and a
/// residual around all. https://arxiv.org/abs/2112.10752, appendix E.2.1
Value transformer_2d(const Builder& b, Value x, Value text, const TransformerOptions& options);

}  // namespace veneer::nn
