// A Python package read from its sources: what `import package` would expose, without importing anything.
//
// Lazy tables are evaluated as if every optional backend were there. Classes from outside the package (torch.nn.Module)
// are unknown bases: their members are not seen.
#pragma once

#include <filesystem>
#include <string>

#include "docs/symbols/symbol.h"

namespace veneer::docs {

struct PythonPackage {
  std::string name;                   ///< "diffusers"
  std::filesystem::path folder;       ///< holds the package's __init__.py
  std::filesystem::path source_root;  ///< symbols name their files relative to this
};

/// Reads every .py file below the folder, in parallel, and joins them: re-exports, inheritance (C3), constructors'
/// parameters, replaced examples, public names. A file that cannot be read is a finding.
/// Throws Error not_found: no such folder, or no __init__.py in it.
SymbolTree read_python_package(const PythonPackage& package);

}  // namespace veneer::docs
