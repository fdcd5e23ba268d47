// What one C++ declaration says of itself: its kind, types, parameters and qualifiers. For cpp.cpp alone.
#pragma once

#include <optional>

#include "docs/symbols/clang_cursor.h"
#include "docs/symbols/symbol.h"

namespace veneer::docs {

/// nullopt: not a declaration that is documented (a using directive, a friend, a forward declaration).
std::optional<SymbolKind> declared_kind(const ClangCursor& cursor, bool in_class);

/// Deleted functions, destructors, and what the compiler would write itself: copies, moves and defaulted members
/// without a comment.
bool is_special(const ClangCursor& cursor);

/// Parameters, template parameters, types and qualifiers.
void read_details(const ClangCursor& cursor, Symbol& symbol);

}  // namespace veneer::docs
