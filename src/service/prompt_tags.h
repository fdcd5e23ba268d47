// Adapters that a prompt names: <lora:name:weight>. Free functions.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace veneer::service {

/// A finite number; a "+" may lead it.
std::optional<double> parse_weight(std::string_view text);

/// <lora:name:weight>; the weight is 1 where none is written.
struct LoraTag {
  std::string name;
  double weight = 1;
};

struct TaggedPrompt {
  std::string text;  ///< without its tags
  std::vector<LoraTag> tags;
};

/// Takes the tags out of a prompt. Throws Error invalid_argument for a tag that is malformed, and for A1111's forms
/// that Veneer does not have: separate weights (`te=`, `unet=`, `dyn=`, two numbers), `weight@step`, <lyco:...>,
/// <hypernet:...>.
TaggedPrompt parse_tags(std::string_view prompt);

/// The file of the adapter with this name in a folder: name.safetensors, or a folder of that name. Throws Error
/// not_found, which lists what is there.
std::filesystem::path find_lora(const std::filesystem::path& folder, const std::string& name);

}  // namespace veneer::service
