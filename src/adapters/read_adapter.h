// Adapter files -> Adapter. Everything that can be wrong with a file is found here, before anything is bound to a
// model. Free functions: may be called from any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/adapter.h"
#include "adapters/source_files.h"

namespace veneer::adapters {

/// Reads a LoRA adapter for Stable Diffusion 1.x, 2.x or XL. `path` is
///   - a .safetensors file in the names of peft, of diffusers (each generation) or of kohya; with diffusers' block
///     names or the original ones, which bind() matches with the model;
///   - a folder that peft wrote (adapter_config.json and adapter_model.safetensors), or one with such folders named
///     `unet` and `text_encoder`;
///   - a folder with one .safetensors file (`pytorch_lora_weights.safetensors`, as diffusers saves).
///
/// The scale of each module is exactly alpha / rank with its own alpha and rank, from `.alpha` tensors, from the header
/// (scale_statements.h) or from the adapter_config.json beside the file; 1 where none of them says. (diffusers gives an
/// attention module of a kohya file the file's most common alpha.)
///
/// Throws Error not_found, corrupt_file or unsupported; the message names the file, the tensor and what was expected.
std::shared_ptr<const Adapter> read_adapter(const std::filesystem::path& path);

/// The same for bytes in memory. `path` and `name` are only remembered.
std::shared_ptr<const Adapter> read_adapter(std::vector<AdapterSource> sources, std::string name,
                                            std::filesystem::path path = {});

}  // namespace veneer::adapters
