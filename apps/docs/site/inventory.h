// objects.inv: what a project documents and where (Sphinx inventory version 2). Stateless.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace veneer::docs {

struct InventoryEntry {
  std::string name;     ///< "diffusers.UNet2DModel", or a page's path
  std::string role;     ///< "py:class", "std:doc"...
  std::string address;  ///< relative to the documentation's root
  std::string title;    ///< empty: the name
};

std::string write_inventory(std::string_view project, std::string_view version,
                            const std::vector<InventoryEntry>& entries);

/// Throws Error corrupt_file if the bytes are no inventory or unpack to more than 256 MB.
std::vector<InventoryEntry> read_inventory(std::string_view bytes, std::string_view where);

}  // namespace veneer::docs
