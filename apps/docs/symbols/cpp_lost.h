// A declaration that libclang has dropped because of an error in it, found in the text. For cpp_reader.cpp alone.
#pragma once

#include <optional>
#include <string_view>

#include "docs/symbols/symbol.h"

namespace veneer::docs {

struct LostDeclaration {
  SymbolKind kind = SymbolKind::variable;  ///< variable, function or alias
  std::string_view name;
  std::size_t begin = 0, name_offset = 0;
  bool is_public = true;
};

/// The declaration around `error` in the scope that begins at `scope` ("namespace a {", "class B {").
std::optional<LostDeclaration> lost_declaration(std::string_view source, std::size_t scope, std::size_t error);

}  // namespace veneer::docs
