// The operations of a Graph: one attribute struct each.
//
// Activations are f32 and channels-last everywhere: images [N,H,W,C], tokens [N,T,C], vectors [N,C], so that an image
// is the same bytes as its tokens and a 1x1 convolution is a linear layer. N is the batch. Token ids are i32. A new
// operation touches this file, graph.cpp (its name), infer.cpp, runtime/execute.cpp and tests/support/interpreter.cpp;
// the compiler names those of them that were forgotten (std::visit).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "graph/rate.h"
#include "tensor/tensor.h"

namespace veneer::graph {

enum class Activation { none, silu, gelu, gelu_tanh, quick_gelu };

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
  std::string name;
  DType dtype = DType::f32;
  Shape shape;  ///< begins with the batch unless it is shared
  Rate rate = Rate::latent;
  Extent extent = Extent::batch;
};

/// y[...,out] = x[...,in] W^T + b (+ residual). Several parts share one x; their outputs stand side by side in y.
/// Inputs: x, or x and a residual of y's shape.
struct Linear {
  std::vector<SlotWeight> parts;
};

/// 2-d convolution, groups 1, dilation 1. Inputs: x [N,H,W,C], or x and a residual of the output's shape.
struct Conv2d {
  SlotWeight weight;
  std::int64_t stride = 1;
  Padding padding;
};

/// activation(GroupNorm(x + shift)), the activation none or silu, over [N,...,C]. Inputs: x, or x and a shift [N,C]
/// that is added to every position.
struct GroupNorm {
  std::int64_t groups = 32;
  double eps = 1e-5;
  Parameter gamma, beta;
  Activation activation = Activation::none;
};

struct LayerNorm {
  double eps = 1e-5;
  Parameter gamma, beta;
};

struct Activate {
  Activation kind = Activation::silu;
};

/// y[...,C] = x[...,:C] * gelu(x[...,C:]); https://arxiv.org/abs/2002.05202
struct Geglu {};

/// Two inputs of one shape.
struct Add {};

/// y[n,...,c] = x[n,...,c] + shift[n,c]
struct AddChannels {};

/// y = factor x + offset
struct Scale {
  float factor = 1;
  float offset = 0;
};

enum class AttentionMask { none, causal };

/// softmax(scale * q k^T) v for each head. Inputs: q [N,Tq,*], k [N,Tk,*], v [N,Tk,*]; heads*head_dim columns of each,
/// from the given column on (fused projections leave q, k and v side by side in one value). Output
/// [N,Tq,heads*head_dim].
struct Attention {
  std::int64_t heads = 1;
  std::int64_t head_dim = 1;
  float scale = 1;
  AttentionMask mask = AttentionMask::none;
  std::int64_t q_column = 0, k_column = 0, v_column = 0;
};

/// Rows of `table` [vocabulary,C] chosen by ids [N,T] i32; ids are within the table.
struct Embedding {
  Parameter table;
};

/// y[n,t,:] = x[n,t,:] + table[t,:]
struct AddPositions {
  Parameter table;
};

/// Sinusoidal embedding of timesteps [N] -> [N,dim], as diffusers' get_timestep_embedding (max_period 10000).
struct TimestepEmbedding {
  std::int64_t dim = 320;
  bool flip_sin_to_cos = true;
  float downscale_freq_shift = 0;
};

/// Along the last axis; two or more inputs that agree in all others.
struct Concat {};

/// Nearest neighbour, [N,H,W,C] -> [N,height,width,C].
struct Upsample {
  std::int64_t height = 0, width = 0;
};

/// The same bytes under another shape. The batch stays: dims are what follows it.
struct Reshape {
  Shape dims;
};

using Op = std::variant<Input, Linear, Conv2d, GroupNorm, LayerNorm, Activate, Geglu, Add, AddChannels, Scale,
                        Attention, Embedding, AddPositions, TimestepEmbedding, Concat, Upsample, Reshape>;

/// "Conv2d", for messages and dumps.
std::string op_name(const Op& op);

}  // namespace veneer::graph
