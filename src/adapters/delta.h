// What an adapter adds to one weight, as data. Each form is an algorithm of algorithms/, which knows how to read it
// from a file and how to compute it. Values: any thread may read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "tensor/tensor.h"

namespace veneer::adapters {

/// up * down. For a convolution the product is that of the two kernels: `down` has the kernel of W, `up` is 1x1.
/// All values are finite.
struct LowRank {
  Tensor down;  ///< [rank, in] or [rank, in, kh, kw]; or [rank, in * kh * kw] with the taps of a channel together
  Tensor up;    ///< [out, rank] or [out, rank, 1, 1]

  [[nodiscard]] std::int64_t rank() const { return down.dim(0); }
};

/// The product of two low-rank matrices, element by element (LoHa: https://arxiv.org/abs/2108.06098).
struct Hadamard {
  LowRank first, second;
};

/// The Kronecker product: element (l K + k, m N + n, tap) is left[l, m] * right[k, n, tap] (LoKr:
/// https://arxiv.org/abs/2309.14859).
struct Kronecker {
  Tensor left;   ///< f32 [L, M]
  Tensor right;  ///< f32 [K, N * taps], the taps of a channel together
};

/// The difference itself.
struct Dense {
  Tensor difference;  ///< in the shape of W
};

using DeltaForm = std::variant<LowRank, Hadamard, Kronecker, Dense>;

/// Who says a module's alpha.
enum class AlphaSource {
  tensor,          ///< the module's own `.alpha`
  adapter_config,  ///< adapter_config.json beside the file
  header,          ///< the file's header
  rank,            ///< nobody: alpha is the rank, the scale 1
};

/// "tensor", "adapter_config.json", "header", "rank".
std::string_view to_string(AlphaSource source);

/// W' = W + weight * scale * form, where `weight` is the user's. With a magnitude, that is brought to its lengths: of
/// each output channel's row (DoRA: https://arxiv.org/abs/2402.09353), or of each input channel's column (an option of
/// LyCORIS).
struct Delta {
  /// COMPONENT.MODULE with diffusers' names: "unet.mid_block.resnets.0.conv1",
  /// "text_encoder.text_model.encoder.layers.0.self_attn.q_proj" (always with `text_model.`).
  std::string target;
  DeltaForm form;
  float alpha = 0;        ///< of this module; its rank where the file states none
  float scale = 1;        ///< alpha / rank, or alpha / sqrt(rank) for a rank-stabilised adapter
  std::int64_t rank = 0;  ///< that `scale` divides by; 0 for a form that has none, whose scale is 1
  AlphaSource alpha_source = AlphaSource::rank;
  Tensor magnitude{};  ///< f32 [out] or [1, in]; empty: none
  Tensor bias{};       ///< f32 [out], added to the layer's bias times `weight` alone; empty: nothing
};

}  // namespace veneer::adapters
