// What the transformers of Stable Diffusion 3 and Flux are made of, named as diffusers' JointTransformerBlock,
// FluxTransformerBlock, FluxSingleTransformerBlock and their norms name their weights. https://arxiv.org/abs/2403.03206
//
// `conditioning` [N,D] is always the activated embedding of timestep and text: every modulation begins with it.
#pragma once

#include <optional>

#include "nn/builder.h"

namespace veneer::nn {

enum class QkNorm { none, rms };

/// Whose tokens stand first where both streams are joined.
enum class FirstTokens { image, text };

struct JointAttentionOptions {
  std::int64_t heads = 24;
  std::int64_t head_dim = 64;
  QkNorm qk_norm = QkNorm::none;
  FirstTokens first = FirstTokens::image;
  std::optional<graph::Parameter> rotation{};  ///< of the joined tokens, as graph::Rotate has it
};

/// The two streams.
struct Streams {
  Value image;  ///< [N,T,C]
  Value text;   ///< [N,M,C]
};

/// Whether a block has a second attention, of the image alone (Stable Diffusion 3.5 medium).
enum class DualAttention { without, with };

/// The last block of Stable Diffusion 3 leaves the text as it is.
enum class ContextOutput { updated, dropped };

struct JointBlockOptions {
  JointAttentionOptions attention;
  DualAttention dual_attention = DualAttention::without;
  ContextOutput context = ContextOutput::updated;
};

/// Both streams attend to both; each has its own projections, modulation and feed-forward layer.
Streams joint_transformer_block(const Builder& b, Streams x, Value conditioning, const JointBlockOptions& options);

/// x [N,T,C], the joined streams -> the same: attention and feed-forward layer side by side, one projection of both.
Value single_transformer_block(const Builder& b, Value x, Value conditioning, std::int64_t mlp_channels,
                               const JointAttentionOptions& options);

/// LayerNorm, then scale and shift by the conditioning: diffusers' AdaLayerNormContinuous.
Value adaptive_norm(const Builder& b, Value x, Value conditioning);

/// x [N,D] -> [N,channels]: diffusers' TimestepEmbedding and PixArtAlphaTextProjection, silu between two layers.
Value embed_vector(const Builder& b, Value x, std::int64_t channels);

}  // namespace veneer::nn
