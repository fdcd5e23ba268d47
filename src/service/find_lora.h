// Adapters by name, as prompts name them, in a folder. A free function.
#pragma once

#include <filesystem>
#include <string>

namespace veneer::service {

/// The adapter that `name` means in a folder and its subfolders: a .safetensors file, or a folder with an adapter in
/// it. What fits better counts, in this order: the name as written ("ink", "styles/ink", "ink.safetensors"), the name
/// of a file in any subfolder, either whatever the case, the `ss_output_name` of a file's header. Throws Error
/// invalid_argument where two fit equally well, and not_found with up to ten names, the nearest first.
std::filesystem::path find_lora(const std::filesystem::path& folder, const std::string& name);

}  // namespace veneer::service
