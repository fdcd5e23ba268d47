// The block names of Stable Diffusion's original code ("input_blocks.1.1.proj_in"), which many trainers write, for a
// model whose slots have diffusers' names. Both Stable Diffusion 1.x and XL have them; which block is meant depends on
// the model's structure, so the names are computed from its slots. Free functions: any thread may call them.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "graph/slots.h"

namespace veneer::adapters {

/// Original beginnings of module paths -> diffusers': "input_blocks.1.1" -> "down_blocks.0.attentions.0".
using OriginalNames = std::map<std::string, std::string, std::less<>>;

/// For the UNet among `slots` ("unet.down_blocks.0.resnets.0.conv1"...).
OriginalNames original_names(std::span<const graph::Slot> slots);

/// Whether the target is in original names: "unet.middle_block.1.proj_in".
bool is_original(std::string_view target);

/// diffusers' name of such a target; none if the model has no such block.
std::optional<std::string> renamed(std::string_view target, const OriginalNames& names);

}  // namespace veneer::adapters
