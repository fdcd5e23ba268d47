// Adapter files -> Adapter. Everything that can be wrong with a file is found here, before anything is bound to a
// model. Free functions: may be called from any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/adapter.h"

namespace veneer::adapters {

/// Reads a LoRA adapter for Stable Diffusion 1.x or 2.x. `path` is
///   - a .safetensors file in the names of peft, of diffusers (each generation) or of kohya;
///   - a folder that peft wrote (adapter_config.json and adapter_model.safetensors), or one with such folders named
///     `unet` and `text_encoder`;
///   - a folder with one .safetensors file (`pytorch_lora_weights.safetensors`, as diffusers saves).
///
/// The scale of each module is exactly alpha / rank with its own alpha and rank, from `.alpha` tensors, from
/// `lora_adapter_metadata` in the header or from adapter_config.json; 1 where none of them says. (diffusers gives an
/// attention module of a kohya file the file's most common alpha.)
///
/// Throws Error not_found, corrupt_file or unsupported; the message names the file, the tensor and what was expected.
std::shared_ptr<const Adapter> read_adapter(const std::filesystem::path& path);

/// The files that read_adapter(path) would read: when none of them changes, neither does the adapter. Throws Error as
/// it does where `path` is none of the above.
std::vector<std::filesystem::path> adapter_files(const std::filesystem::path& path);

/// One file that is part of an adapter: its bytes, and peft's configuration as text where that stands beside it.
struct AdapterSource {
  std::string bytes;
  std::string where;        ///< opens the message of an error
  std::string peft_config;  ///< empty: none
  std::string component;    ///< that all targets must belong to, where the folder names one; empty: any
};

/// The same for bytes in memory. `path` and `name` are only remembered.
std::shared_ptr<const Adapter> read_adapter(std::vector<AdapterSource> sources, std::string name,
                                            std::filesystem::path path = {});

}  // namespace veneer::adapters
