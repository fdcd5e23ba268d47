// A C++ library's public headers, read by libclang: namespaces, classes, functions, overload sets, templates, enums,
// aliases and concepts, with their documentation comments.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "docs/symbols/symbol.h"

namespace veneer::docs {

struct CppLibrary {
  std::string name;                            ///< of the outermost namespace, which references may leave out
  std::vector<std::filesystem::path> headers;  ///< only what is declared in them is documented
  std::vector<std::string> flags;              ///< as for the compiler: "-std=c++20", "-Isrc"
  std::filesystem::path source_root;           ///< symbols name their files relative to this
};

/// Parses all headers as one translation unit; function bodies are skipped. Private and protected members, namespaces
/// named detail or internal, and what is in no named scope of the headers are left out. What the compiler cannot read
/// is a finding; the rest is there.
SymbolTree read_cpp_library(const CppLibrary& library);

/// The flags in the nearest compile_flags.txt at or above a folder, one a line; none if there is no such file.
std::vector<std::string> read_compile_flags(const std::filesystem::path& folder);

/// Headers (.h, .hpp, .hh) below a folder, sorted.
std::vector<std::filesystem::path> find_headers(const std::filesystem::path& folder);

}  // namespace veneer::docs
