// The files that make an adapter: one .safetensors file, or what folders hold, and the configuration beside it.
// Free functions: may be called from any thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace veneer::adapters {

/// One file that is part of an adapter: its bytes, and peft's configuration as text where that stands beside it.
struct AdapterSource {
  std::string bytes;
  std::string where;        ///< opens the message of an error
  std::string peft_config;  ///< empty: none
  std::string component;    ///< that all targets must belong to, where the folder names one; empty: any
  std::string warning{};    ///< what lies beside the file and does not count; usually empty
};

/// The files that read_sources(path) would read: when none of them changes, neither does the adapter. Throws Error
/// not_found, invalid_argument or unsupported where `path` is no adapter that read_adapter() takes.
std::vector<std::filesystem::path> adapter_files(const std::filesystem::path& path);

/// Reads them. Throws as adapter_files() does, and corrupt_file for an empty configuration.
std::vector<AdapterSource> read_sources(const std::filesystem::path& path);

}  // namespace veneer::adapters
