// Names of tensors in adapter files -> canonical targets. The dialects are tables in key_map.cpp
// and, for the ends of names, in algorithms/; to add one is to add rows. Free functions over constant data: any thread
// may call them.
#pragma once

#include <string>
#include <string_view>

#include "adapters/algorithms/algorithm.h"

namespace veneer::adapters {

struct MappedKey {
  std::string target;  ///< canonical: adapter.h, LoraDelta::target
  Part part = Part::down;
  std::string_view dialect;  ///< empty where several dialects spell it alike
};

/// The target and part of the tensor `name`. `where` (the file) opens the message of an error.
/// Throws Error unsupported for what Veneer does not have, by its name (DoRA, LoHa, an SDXL adapter...), and
/// corrupt_file for a name that no rule of any dialect knows.
MappedKey map_key(std::string_view name, std::string_view where);

}  // namespace veneer::adapters
