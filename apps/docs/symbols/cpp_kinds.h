// What libclang's cursors declare. For cpp_reader.cpp alone.
#pragma once

#include <optional>

#include "docs/symbols/clang_cursor.h"
#include "docs/symbols/symbol.h"

namespace veneer::docs {

bool is_function(CXCursorKind kind);

/// nullopt: not a declaration that is documented (a using directive, a forward declaration).
std::optional<SymbolKind> declared_kind(const ClangCursor& cursor, const Symbol& owner);

/// Without a comment: deleted functions, destructors, and what the compiler would write itself (copies, moves and
/// defaulted members).
bool is_special(const ClangCursor& cursor);

/// A declaration that a macro has written has no text of its own: types and names as libclang spells them.
void read_spelling(const ClangCursor& cursor, Symbol& symbol);

}  // namespace veneer::docs
