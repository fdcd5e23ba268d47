// One parsed translation unit -> the symbols of the headers that belong to a library. For cpp.cpp alone.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "docs/symbols/clang_cursor.h"
#include "docs/symbols/cpp.h"
#include "docs/symbols/cpp_comment.h"
#include "docs/symbols/cpp_declaration.h"

namespace veneer::docs {

/// "LIB_API" or "LIB_DEPRECATED(...)", and where it is used first.
using MacroPlaces = std::map<std::string, SourcePosition>;

class CppReader {
 public:
  /// `empty_macros` are read as nothing. Both arguments must outlive the reader.
  CppReader(const CppLibrary& library, const ClangUnit& unit, const MacroPlaces& empty_macros);

  SymbolTree read();

  /// Macros that declarations of the library use and nobody defines: "LIB_API", "LIB_DEPRECATED(...)".
  [[nodiscard]] MacroPlaces missing_macros();

 private:
  struct FileName {
    std::string name;
    bool is_own = false;
  };
  struct Comment {
    std::string text;
    int line = 0;
  };
  // Where a scope's declarations stand, for those that libclang has dropped.
  struct Extent {
    CXFile file = nullptr;
    std::size_t begin = 0, end = 0;
    Symbol* scope = nullptr;
  };
  // What a declaration of unnamed structs and unions adds to the names of their fields.
  struct Unnamed {
    std::string prefix;
    std::vector<std::string> rivals;  ///< fields of the same union
  };

  const FileName& file(CXFile file);
  void read_diagnostics(Findings& findings);
  void each_error(const std::function<void(const ClangPlace& place, const std::string& message)>& visit);
  void read_macros();
  void read_scope(const ClangCursor& scope, Symbol& owner);
  void read_declaration(const ClangCursor& cursor, Symbol& owner);
  void read_namespace(const ClangCursor& cursor, Symbol& owner);
  void read_unnamed(const ClangCursor& record, Symbol& owner, const std::string& prefix);
  void read_friends();
  void recover();
  Symbol& make(const ClangCursor& cursor, SymbolKind kind, Symbol& owner);
  void describe(const ClangCursor& cursor, Symbol& symbol);
  void fill(Symbol& symbol, CppDeclaration declaration);
  void add(const ClangCursor& cursor, SymbolKind kind, Symbol& owner);
  void expose(Symbol& symbol, Symbol& owner);
  void read_base(const ClangCursor& base, Symbol& symbol);
  void find_ancestors();
  void write_docstrings(Findings& findings);
  [[nodiscard]] const Symbol* meant(std::string_view name, const Symbol& from) const;

  const CppLibrary& library_;
  const ClangUnit& unit_;
  const MacroPlaces& empty_macros_;
  CppMacros macros_;
  std::set<std::string> headers_;
  std::unordered_map<CXFile, FileName> files_;
  std::deque<Symbol> symbols_;
  std::unordered_map<std::string, Symbol*> by_usr_;
  std::unordered_map<const Symbol*, Symbol*> heads_;
  std::unordered_map<const Symbol*, std::vector<std::string>> bases_;
  std::unordered_map<const Symbol*, Comment> comments_;
  std::vector<Extent> extents_;
  std::vector<std::pair<ClangCursor, Symbol*>> friends_;
  std::vector<Unnamed> unnamed_;
};

}  // namespace veneer::docs
