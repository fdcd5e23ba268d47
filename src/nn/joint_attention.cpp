#include "nn/joint_attention.h"

namespace veneer::nn {
namespace {

// Constants of the reference's modules, which no configuration changes.
constexpr double kEps = 1e-6;
constexpr std::int64_t kFeedForwardFactor = 4;

/// The parts of a modulation, in the order of AdaLayerNormZero's and SD35AdaLayerNormZeroX's linear layers.
enum Part : std::int64_t { shift, scale, gate, shift_mlp, scale_mlp, gate_mlp, shift_2, scale_2, gate_2 };
constexpr std::int64_t kParts = gate_mlp + 1;
constexpr std::int64_t kDualParts = gate_2 + 1;

Value feed_forward(const Builder& b, Value x) {
  const std::int64_t channels = b.channels(x);
  const Value h = b.activate(b.linear("net.0.proj", x, kFeedForwardFactor * channels), Activation::gelu_tanh);
  return b.linear("net.2", h, channels);
}

/// One projection of tokens to heads, with its norm.
struct Projection {
  std::string_view linear;
  std::string_view norm;
};

struct QkvNames {
  Projection q, k;
  std::string_view v;
};
constexpr QkvNames kImage = {{"to_q", "norm_q"}, {"to_k", "norm_k"}, "to_v"};
constexpr QkvNames kText = {{"add_q_proj", "norm_added_q"}, {"add_k_proj", "norm_added_k"}, "add_v_proj"};

struct Qkv {
  Value q, k, v;
};

Qkv project(const Builder& b, Value x, const QkvNames& names, const JointAttentionOptions& options) {
  const std::int64_t columns = options.heads * options.head_dim;
  const auto normed = [&](const Projection& name) {
    const Value h = b.linear(name.linear, x, columns);
    return options.qk_norm == QkNorm::rms ? b.rms_norm(name.norm, h, options.head_dim, kEps) : h;
  };
  return {normed(names.q), normed(names.k), b.linear(names.v, x, columns)};
}

Value attend(const Builder& b, Qkv tokens, const JointAttentionOptions& options) {
  if (options.rotation) {
    tokens.q = b.rotate(tokens.q, *options.rotation);
    tokens.k = b.rotate(tokens.k, *options.rotation);
  }
  return b.attention(tokens.q, tokens.k, tokens.v, {.heads = options.heads});
}

/// Attention of both streams to both, before the projections out of it.
Streams joint_attention(const Builder& b, Streams x, const JointAttentionOptions& options) {
  const Qkv image = project(b, x.image, kImage, options), text = project(b, x.text, kText, options);
  const bool image_first = options.first == FirstTokens::image;
  const auto joined = [&](Value of_image, Value of_text) {
    return image_first ? b.concat_tokens(of_image, of_text) : b.concat_tokens(of_text, of_image);
  };
  const Value y = attend(b, {joined(image.q, text.q), joined(image.k, text.k), joined(image.v, text.v)}, options);
  const std::int64_t image_tokens = b.shape(x.image)[1], text_tokens = b.shape(x.text)[1];
  return {b.slice_tokens(y, image_first ? 0 : text_tokens, image_tokens),
          b.slice_tokens(y, image_first ? image_tokens : 0, text_tokens)};
}

/// The second half of a stream's block.
Value add_feed_forward(const Builder& b, std::string_view name, Value x, Value m) {
  const Value h = b.modulate(b.layer_norm(x, kEps), m, scale_mlp, shift_mlp);
  return b.gated_add(x, feed_forward(b.scope(name), h), m, gate_mlp);
}

}  // namespace

Streams joint_transformer_block(const Builder& b, Streams x, Value conditioning, const JointBlockOptions& options) {
  const bool dual = options.dual_attention == DualAttention::with,
             keeps_text = options.context == ContextOutput::updated;
  const std::int64_t channels = b.channels(x.image);
  const Value m = b.linear("norm1.linear", conditioning, (dual ? kDualParts : kParts) * channels);
  const Value normed = b.layer_norm(x.image, kEps);
  const Value image = b.modulate(normed, m, scale, shift);
  Value text_m;
  Value text;
  if (keeps_text) {
    text_m = b.linear("norm1_context.linear", conditioning, kParts * channels);
    text = b.modulate(b.layer_norm(x.text, kEps), text_m, scale, shift);
  } else {
    text = adaptive_norm(b.scope("norm1_context"), x.text, conditioning);
  }

  const Builder attention = b.scope("attn");
  const Streams attended = joint_attention(attention, {image, text}, options.attention);
  x.image = b.gated_add(x.image, attention.linear("to_out.0", attended.image, channels), m, gate);
  if (dual) {  // from the same norm as the first
    const Builder attention_2 = b.scope("attn2");
    const Value h = b.modulate(normed, m, scale_2, shift_2);
    const Value y = attend(attention_2, project(attention_2, h, kImage, options.attention), options.attention);
    x.image = b.gated_add(x.image, attention_2.linear("to_out.0", y, channels), m, gate_2);
  }
  x.image = add_feed_forward(b, "ff", x.image, m);
  if (keeps_text) {
    x.text = b.gated_add(x.text, attention.linear("to_add_out", attended.text, channels), text_m, gate);
    x.text = add_feed_forward(b, "ff_context", x.text, text_m);
  }
  return x;
}

Value single_transformer_block(const Builder& b, Value x, Value conditioning, std::int64_t mlp_channels,
                               const JointAttentionOptions& options) {
  const std::int64_t channels = b.channels(x);
  const Value m = b.linear("norm.linear", conditioning, (gate + 1) * channels);
  const Value h = b.modulate(b.layer_norm(x, kEps), m, scale, shift);
  const Value mlp = b.activate(b.linear("proj_mlp", h, mlp_channels), Activation::gelu_tanh);
  const Builder attention = b.scope("attn");
  const Value attended = attend(attention, project(attention, h, kImage, options), options);
  return b.gated_add(x, b.linear("proj_out", b.concat(attended, mlp), channels), m, gate);
}

Value adaptive_norm(const Builder& b, Value x, Value conditioning) {
  const Value m = b.linear("linear", conditioning, 2 * b.channels(x));
  return b.modulate(b.layer_norm(x, kEps), m, 0, 1);  // scale first here
}

Value embed_vector(const Builder& b, Value x, std::int64_t channels) {
  return b.linear("linear_2", b.silu(b.linear("linear_1", x, channels)), channels);
}

}  // namespace veneer::nn
