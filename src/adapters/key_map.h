// Names of tensors in adapter files -> canonical targets. The dialects are tables in key_map.cpp; to add one is to add
// rows. Free functions over constant data: any thread may call them.
#pragma once

#include <string>
#include <string_view>

namespace veneer::adapters {

/// What a tensor is to its module.
enum class Part { down, up, alpha };

std::string_view to_string(Part part);

struct MappedKey {
  std::string target;  ///< canonical: adapter.h, LoraDelta::target
  Part part = Part::down;
  std::string_view dialect;  ///< empty for an alpha, which most dialects spell alike
};

/// The target and part of the tensor `name`. `where` (the file) opens the message of an error.
/// Throws Error unsupported for what Veneer does not have, by its name (DoRA, LoHa, an SDXL adapter...), and
/// corrupt_file for a name that no rule of any dialect knows.
MappedKey map_key(std::string_view name, std::string_view where);

}  // namespace veneer::adapters
