// What the text of one C++ declaration says: how it is shown, its parameters, types and values. Nothing here asks the
// compiler, so that a declaration of unknown types is read like any other. For cpp.cpp alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "docs/symbols/cpp_macros.h"
#include "docs/symbols/symbol.h"

namespace veneer::docs {

struct CppDeclaration {
  std::string head;  ///< what stands before the name: "template <class T>\nstatic T* "
  std::string name;  ///< "draw", "operator==", "~Picture", "Box<int>"
  std::string tail;  ///< what stands behind it, or behind its parameters: " const noexcept = 0", " : Base", "[3] = {}"
  std::vector<Parameter> parameters, template_parameters;
  std::string type;   ///< of a variable or an alias
  std::string value;  ///< of a variable or an enumerator
  std::vector<std::string> bases;
  std::optional<std::string> deprecated;  ///< why, from the attribute
  std::string comments;                   ///< "/// " lines behind parameters as \param commands
  std::size_t end = 0;                    ///< where in the source the declaration ends, its body included
};

/// `begin` is where the declaration begins in the source, `name` where its name stands. Nothing if that is not where
/// the name is: what a macro declares has no text of its own.
std::optional<CppDeclaration> read_declaration(SymbolKind kind, std::string_view source, std::size_t begin,
                                               std::size_t name, const CppMacros& macros);

/// "#define NAME(a, b) replacement", from its text behind #define.
CppDeclaration read_macro(std::string_view definition);

}  // namespace veneer::docs
