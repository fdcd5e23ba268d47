// How users write adapters: FILE:WEIGHT on the command line, <lora:name:weight> in a prompt. Free functions.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace veneer::cli {

/// An adapter file and how strongly it acts.
struct LoraUse {
  std::filesystem::path path;
  double weight = 1;
};

/// "FILE" or "FILE:WEIGHT". What follows the last colon is a weight if it is a number, or must be one if a
/// .safetensors file stands before it; otherwise the colon belongs to the file's name. Throws UsageError.
LoraUse parse_lora(std::string_view text);

/// <lora:name:weight>; the weight is 1 where none is written.
struct LoraTag {
  std::string name;
  double weight = 1;
};

struct TaggedPrompt {
  std::string text;  ///< without its tags
  std::vector<LoraTag> tags;
};

/// Takes the tags out of a prompt. Throws UsageError for a tag that is malformed, and for A1111's forms that Veneer
/// does not have: separate weights (`te=`, `unet=`, `dyn=`, two numbers), `weight@step`, <lyco:...>, <hypernet:...>.
TaggedPrompt parse_tags(std::string_view prompt);

/// The file of the adapter with this name in a folder: name.safetensors, or a folder of that name. Throws Error
/// not_found, which lists what is there.
std::filesystem::path find_lora(const std::filesystem::path& folder, const std::string& name);

}  // namespace veneer::cli
