// A Python package read from its sources: what `import package` would expose, without importing anything.
//
// Lazy tables are evaluated as if every optional backend were there. Classes from outside the package (torch.nn.Module)
// are unknown bases: their members are not seen.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>

#include "docs/symbols/symbol.h"

namespace veneer::docs {

struct PythonPackage {
  std::string name;                   ///< "diffusers"
  std::filesystem::path folder;       ///< holds the package's __init__.py
  std::filesystem::path source_root;  ///< symbols name their files relative to this
};

struct PythonModule;

/// Parsed files, kept from one reading of a package to the next: only what has changed (by size and time) is parsed
/// again. One reading at a time may use it.
class PythonModuleCache {
 private:
  friend SymbolTree read_python_package(const PythonPackage& package, PythonModuleCache* cache);
  struct Entry {
    std::filesystem::file_time_type time;
    std::uintmax_t size = 0;
    std::shared_ptr<const PythonModule> module;
  };
  std::unordered_map<std::string, Entry> entries_;
};

/// Reads every .py and .pyi file below the folder, in parallel, and joins them: re-exports, inheritance (C3),
/// constructors' parameters, replaced examples, public names. A file that cannot be read is a finding. Throws Error
/// not_found: no such folder, or no __init__.py in it.
SymbolTree read_python_package(const PythonPackage& package, PythonModuleCache* cache = nullptr);

}  // namespace veneer::docs
