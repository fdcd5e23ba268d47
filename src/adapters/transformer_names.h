// The names of Stable Diffusion 3's and Flux' original code ("joint_blocks.0.x_block.attn.qkv",
// "double_blocks.0.img_attn.qkv"), which many trainers write. One module there may be several of diffusers', each with
// a range of its rows. Free functions over constant data: any thread may call them.
#pragma once

#include <string_view>
#include <vector>

#include "adapters/delta.h"

namespace veneer::adapters {

/// Whether the target is in original names: "transformer.single_blocks.0.linear1".
bool is_original_transformer(std::string_view target);

/// What such a delta is for diffusers' modules: rows of it, exactly, or all of them in diffusers' order. `where` (the
/// file) opens the message of an error: corrupt_file for a module that the original code does not have or rows that
/// cannot be divided, unsupported for a form that has no rows of its own.
std::vector<Delta> in_diffusers_names(const Delta& delta, std::string_view where);

}  // namespace veneer::adapters
