// The operations of a Graph: one attribute struct each.
//
// Activations are f32 and channels-last everywhere: images [N,H,W,C], tokens [N,T,C], vectors [N,C], so that an image
// is the same bytes as its tokens and a 1x1 convolution is a linear layer. N is the batch. Token ids are i32. A new
// operation is a row here (attributes and name) and one in each of graph.cpp (its line in a dump), infer.cpp,
// runtime/execute.cpp and tests/support/interpreter.cpp; the compiler names those that were forgotten (std::visit).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "graph/rate.h"
#include "tensor/tensor.h"

namespace veneer::graph {

enum class Activation {
  none,
  silu,        ///< x / (1 + e^-x)
  gelu,        ///< x / 2 (1 + erf(x / sqrt 2))
  gelu_tanh,   ///< GELU's tanh approximation
  quick_gelu,  ///< x / (1 + e^(-1.702 x))
};

/// A weight or bias with its canonical path, say "unet.conv_in.weight". The tensor is as stored (f32, f16 or bf16).
struct Parameter {
  std::string name;
  Tensor tensor;
};

/// A place where an adapter can act. `name` is the module's canonical path, which adapter files are renamed to.
struct SlotWeight {
  std::string slot;
  Parameter weight;               ///< [out,in] or [out,in,kh,kw]
  std::optional<Parameter> bias;  ///< [out]
};

struct Padding {
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;
  friend bool operator==(const Padding&, const Padding&) = default;
};

/// Whether a value has a row for each sample of the batch, or is one for all of them (a table of positions).
enum class Extent { batch, shared };

struct Input {
  static constexpr std::string_view kName = "Input";
  std::string name;
  DType dtype = DType::f32;
  Shape shape;  ///< begins with the batch unless it is shared
  Rate rate = Rate::latent;
  Extent extent = Extent::batch;
};

/// y[...,out] = x[...,in] W^T + b (+ residual). Several parts share one x; their outputs stand side by side in y.
/// Inputs: x, or x and a residual of y's shape.
struct Linear {
  static constexpr std::string_view kName = "Linear";
  std::vector<SlotWeight> parts;
};

/// 2-d convolution, groups 1, dilation 1. Inputs: x [N,H,W,C], or x and a residual of the output's shape.
struct Conv2d {
  static constexpr std::string_view kName = "Conv2d";
  SlotWeight weight;
  std::int64_t stride = 1;
  Padding padding;
};

/// activation(GroupNorm(x + shift)), the activation none or silu, over [N,...,C]. Inputs: x, or x and a shift [N,C]
/// that is added to every position.
struct GroupNorm {
  static constexpr std::string_view kName = "GroupNorm";
  std::int64_t groups = 32;
  double eps = 1e-5;
  Parameter gamma, beta;
  Activation activation = Activation::none;
};

struct LayerNorm {
  static constexpr std::string_view kName = "LayerNorm";
  double eps = 1e-5;
  std::optional<Parameter> gamma, beta;  ///< both or none
};

/// y = gamma x / sqrt(mean(x^2) + eps) over each run of as many columns as gamma has: all of them, or those of a head.
/// https://arxiv.org/abs/1910.07467
struct RmsNorm {
  static constexpr std::string_view kName = "RmsNorm";
  double eps = 1e-6;
  Parameter gamma;  ///< its length divides the columns of x
};

/// y[n,t,c] = x[n,t,c] (1 + m[n,scale_column+c]) + m[n,shift_column+c]. Inputs: x [N,T,C], m [N,*]: one layer makes the
/// modulations of a whole block. https://arxiv.org/abs/2212.09748, section 3.2
struct Modulate {
  static constexpr std::string_view kName = "Modulate";
  std::int64_t scale_column = 0, shift_column = 0;
};

/// y[n,t,c] = x[n,t,c] + m[n,gate_column+c] h[n,t,c]. Inputs: x [N,T,C], h of its shape, m [N,*].
struct GatedAdd {
  static constexpr std::string_view kName = "GatedAdd";
  std::int64_t gate_column = 0;
};

struct Activate {
  static constexpr std::string_view kName = "Activate";
  Activation kind = Activation::silu;
};

/// y[...,C] = x[...,:C] * gelu(x[...,C:]); https://arxiv.org/abs/2002.05202
struct Geglu {
  static constexpr std::string_view kName = "Geglu";
};

/// Two inputs of one shape.
struct Add {
  static constexpr std::string_view kName = "Add";
};
struct Multiply {
  static constexpr std::string_view kName = "Multiply";
};

/// y[n,...,c] = x[n,...,c] + shift[n,c]
struct AddChannels {
  static constexpr std::string_view kName = "AddChannels";
};

/// y = factor x + offset
struct Scale {
  static constexpr std::string_view kName = "Scale";
  float factor = 1;
  float offset = 0;
};

/// causal: query t sees the keys up to t + Tk - Tq.
enum class AttentionMask { none, causal };

/// softmax(scale * q k^T) v for each head. Inputs: q [N,Tq,*], k [N,Tk,*], v [N,Tk,*]; heads*head_dim columns of each,
/// from the given column on (fused projections leave q, k and v side by side in one value). Output
/// [N,Tq,heads*head_dim].
struct Attention {
  static constexpr std::string_view kName = "Attention";
  std::int64_t heads = 1;
  std::int64_t head_dim = 1;
  float scale = 1;
  AttentionMask mask = AttentionMask::none;
  std::int64_t q_column = 0, k_column = 0, v_column = 0;
  /// [heads,Tq+Tk-1], added to the scaled scores of query q and key k from column q - k + Tk - 1. (T5.)
  std::optional<Parameter> relative_bias{};
};

/// Rotary positions: pair i of each head's columns of token t is turned by an angle of its own. `table` [T,2,D] holds
/// its cosines, each twice, then its sines, negative and positive. x [N,T,C], D even, a divisor of C.
/// https://arxiv.org/abs/2104.09864
struct Rotate {
  static constexpr std::string_view kName = "Rotate";
  Parameter table;
};

/// Rows of `table` [vocabulary,C] chosen by ids [N,T] i32; ids are within the table.
struct Embedding {
  static constexpr std::string_view kName = "Embedding";
  Parameter table;
};

/// y[n,:] = x[n,index[n],:]. Inputs: x [N,T,C] and index [N] i32, within 0..T-1.
struct TakeToken {
  static constexpr std::string_view kName = "TakeToken";
};

/// y[n,t,:] = x[n,t,:] + table[t,:]
struct AddPositions {
  static constexpr std::string_view kName = "AddPositions";
  Parameter table;
};

/// Sinusoidal embedding of numbers [N] -> [N,dim] or [N,K] -> [N,K*dim], as diffusers' get_timestep_embedding
/// (max_period 10000).
struct TimestepEmbedding {
  static constexpr std::string_view kName = "TimestepEmbedding";
  std::int64_t dim = 320;
  bool flip_sin_to_cos = true;
  float downscale_freq_shift = 0;
};

/// Along the last axis; two or more inputs that agree in all others.
struct Concat {
  static constexpr std::string_view kName = "Concat";
};

/// Along the tokens; two or more inputs [N,*,C] that agree in all else.
struct ConcatTokens {
  static constexpr std::string_view kName = "ConcatTokens";
};

/// Tokens [begin, begin + count) of [N,T,C].
struct SliceTokens {
  static constexpr std::string_view kName = "SliceTokens";
  std::int64_t begin = 0, count = 0;
};

/// A square of patch * patch pixels from each token: [N,height*width,patch*patch*C] -> [N,height*patch,width*patch,C].
struct Unpatchify {
  static constexpr std::string_view kName = "Unpatchify";
  std::int64_t height = 0, width = 0, patch = 1;
};

/// Nearest neighbour, [N,H,W,C] -> [N,height,width,C].
struct Upsample {
  static constexpr std::string_view kName = "Upsample";
  std::int64_t height = 0, width = 0;
};

/// The same bytes under another shape. The batch stays: dims are what follows it.
struct Reshape {
  static constexpr std::string_view kName = "Reshape";
  Shape dims;
};

using Op = std::variant<Input, Linear, Conv2d, GroupNorm, LayerNorm, RmsNorm, Modulate, GatedAdd, Activate, Geglu, Add,
                        Multiply, AddChannels, Scale, Attention, Rotate, Embedding, TakeToken, AddPositions,
                        TimestepEmbedding, Concat, ConcatTokens, SliceTokens, Unpatchify, Upsample, Reshape>;

/// "Conv2d", for messages and dumps.
std::string op_name(const Op& op);

}  // namespace veneer::graph
