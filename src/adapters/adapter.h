// An adapter as data: what a LoRA file says, under canonical names, whatever dialect the file was written in.
//
// Immutable once read, and shared as shared_ptr<const Adapter>: any number of threads, bindings and caches may hold it.
// The tensors keep the file's bytes alive; the file itself may be overwritten or deleted meanwhile.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.h"

namespace veneer::adapters {

/// Who says a module's alpha.
enum class AlphaSource {
  tensor,          ///< the module's own `.alpha`
  adapter_config,  ///< adapter_config.json beside the file
  header,          ///< the file's header
  rank,            ///< nobody: alpha is the rank, the scale 1
};

/// "tensor", "adapter_config.json", "header", "rank".
std::string_view to_string(AlphaSource source);

/// What the adapter adds to one weight W: W' = W + weight * scale * (up * down), where `weight` is the user's.
/// For a convolution the product is that of the two kernels: `down` has the kernel of W, `up` is 1x1.
struct LoraDelta {
  /// COMPONENT.MODULE with diffusers' names: "unet.mid_block.resnets.0.conv1",
  /// "text_encoder.text_model.encoder.layers.0.self_attn.q_proj" (always with `text_model.`).
  std::string target;
  Tensor down;      ///< [rank, in] or [rank, in, kh, kw]; f32, f16 or bf16, all values finite
  Tensor up;        ///< [out, rank] or [out, rank, 1, 1]; the same number of dimensions as `down`
  float alpha = 0;  ///< of this module; its rank where the file states none
  float scale = 1;  ///< alpha / rank, or alpha / sqrt(rank) for a rank-stabilised adapter
  AlphaSource alpha_source = AlphaSource::rank;

  [[nodiscard]] std::int64_t rank() const { return down.dim(0); }
};

/// 128 bits of XXH3 over the bytes of the file (and of adapter_config.json where there is one): equal for equal content
/// wherever it lies, so that bindings can be cached by it.
struct ContentHash {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const ContentHash&) const = default;
};

/// 32 hexadecimal digits.
std::string to_string(const ContentHash& hash);

struct Adapter {
  std::string name;               ///< the file's name without its extension
  std::vector<LoraDelta> deltas;  ///< sorted by target, one each
  std::string dialect;  ///< "peft", "diffusers", "diffusers-old", "kohya", "original" block names; joined by "+"
  ContentHash content_hash;
  std::size_t bytes = 0;  ///< that it keeps in memory
  std::filesystem::path path;
  std::map<std::string, std::string> metadata;  ///< the file's header, as it stands there
  /// SHA-256 of what follows the file's header, computed by whoever first asks (short_hash()); invalid for an adapter
  /// of several files.
  std::shared_future<std::string> sha256;
  std::vector<std::string> warnings;            ///< what stands in or beside the file and does not count
};

}  // namespace veneer::adapters
