#include "docs/symbols/cpp_kinds.h"

#include <algorithm>

#include "docs/symbols/cpp_tokens.h"

namespace veneer::docs {
namespace {

// libclang 14 has no name for concepts, variable templates and plain deduction guides.
std::optional<SymbolKind> unexposed_kind(const ClangCursor& cursor) {
  if (cursor.name().starts_with("<deduction guide")) return SymbolKind::guide;
  const std::vector<CppToken> tokens = all_tokens(cursor.text());
  if (tokens.size() < 2 || !tokens[0].is("template") || !tokens[1].is("<")) return std::nullopt;
  const std::size_t behind = behind_bracket(tokens, 1);
  if (behind < tokens.size() && tokens[behind].is("concept")) return SymbolKind::concept_;
  return cursor.name().empty() ? std::nullopt : std::optional(SymbolKind::variable);
}

SymbolKind function_kind(const ClangCursor& cursor, const Symbol& owner) {
  const std::string name = cursor.name();
  if (name.starts_with("<deduction guide")) return SymbolKind::guide;
  if (cursor.kind() == CXCursor_FunctionTemplate) {
    const CXCursorKind inner = clang_getTemplateCursorKind(cursor.get());
    if (inner == CXCursor_Constructor) return SymbolKind::constructor;
    if (inner == CXCursor_ConversionFunction) return SymbolKind::conversion;
    if (owner.is_class() && name.substr(0, name.find('<')) == owner.name.substr(0, owner.name.find('<')))
      return SymbolKind::constructor;
  }
  const bool is_operator = name.starts_with("operator") && name.size() > 8 && name[8] != '_' &&
                           !std::isalnum(static_cast<unsigned char>(name[8]));
  if (is_operator) return SymbolKind::operator_;
  return owner.is_class() ? SymbolKind::method : SymbolKind::function;
}

}  // namespace

bool is_function(CXCursorKind kind) {
  return kind == CXCursor_FunctionDecl || kind == CXCursor_CXXMethod || kind == CXCursor_Constructor ||
         kind == CXCursor_Destructor || kind == CXCursor_FunctionTemplate || kind == CXCursor_ConversionFunction;
}

std::optional<SymbolKind> declared_kind(const ClangCursor& cursor, const Symbol& owner) {
  CXCursorKind kind = cursor.kind();
  if (kind == CXCursor_ClassTemplate || kind == CXCursor_ClassTemplatePartialSpecialization)
    kind = clang_getTemplateCursorKind(cursor.get());
  const bool is_forward = !clang_isCursorDefinition(cursor.get()) || cursor.name().empty();
  switch (kind) {
    case CXCursor_StructDecl:
      return is_forward ? std::nullopt : std::optional(SymbolKind::struct_);
    case CXCursor_ClassDecl:
      return is_forward ? std::nullopt : std::optional(SymbolKind::class_);
    case CXCursor_UnionDecl:
      return is_forward ? std::nullopt : std::optional(SymbolKind::union_);
    case CXCursor_EnumDecl:
      return is_forward ? std::nullopt : std::optional(SymbolKind::enum_);
    case CXCursor_EnumConstantDecl:
      // Of an enumeration without a name: a constant of the scope around it.
      return owner.kind == SymbolKind::enum_ ? SymbolKind::enumerator : SymbolKind::variable;
    case CXCursor_FunctionDecl:
    case CXCursor_FunctionTemplate:
    case CXCursor_CXXMethod:
      return function_kind(cursor, owner);
    case CXCursor_Constructor:
      return SymbolKind::constructor;
    case CXCursor_Destructor:
      return SymbolKind::destructor;
    case CXCursor_ConversionFunction:
      return SymbolKind::conversion;
    case CXCursor_FieldDecl:
    case CXCursor_VarDecl:
      return SymbolKind::variable;
    case CXCursor_TypedefDecl:
    case CXCursor_TypeAliasDecl:
    case CXCursor_TypeAliasTemplateDecl:
      return SymbolKind::alias;
    case CXCursor_UnexposedDecl:
      return unexposed_kind(cursor);
    default:
      return std::nullopt;
  }
}

bool is_special(const ClangCursor& cursor) {
  if (!is_function(cursor.kind())) return false;
  if (!take_string(clang_Cursor_getRawCommentText(cursor.get())).empty()) return false;
  if (clang_getCursorAvailability(cursor.get()) == CXAvailability_NotAvailable) return true;
  return cursor.kind() == CXCursor_Destructor || clang_CXXMethod_isDefaulted(cursor.get()) != 0 ||
         clang_CXXConstructor_isCopyConstructor(cursor.get()) != 0 ||
         clang_CXXConstructor_isMoveConstructor(cursor.get()) != 0;
}

void read_spelling(const ClangCursor& cursor, Symbol& symbol) {
  const CXType type = clang_getCursorType(cursor.get());
  if (const std::size_t angle = symbol.name.find('<');
      symbol.kind == SymbolKind::constructor && angle != std::string::npos)
    symbol.name.resize(angle);
  if (symbol.is_callable()) {
    if (symbol.kind != SymbolKind::constructor && symbol.kind != SymbolKind::destructor &&
        symbol.kind != SymbolKind::conversion)
      symbol.head = take_string(clang_getTypeSpelling(clang_getCursorResultType(cursor.get()))) + " ";
    for (const ClangCursor& child : cursor.children())
      if (child.kind() == CXCursor_ParmDecl)
        symbol.parameters.push_back(
            {.name = child.name(),
             .annotation = take_string(clang_getTypeSpelling(clang_getCursorType(child.get()))) +
                           (child.name().empty() ? "" : " ")});
    if (clang_CXXMethod_isConst(cursor.get())) symbol.tail = " const";
  } else if (symbol.is_class() || symbol.kind == SymbolKind::enum_) {
    symbol.head = std::string(to_string(symbol.kind)) + " ";
  } else if (symbol.kind == SymbolKind::variable) {
    symbol.returns = take_string(clang_getTypeSpelling(type));
    symbol.head = symbol.returns + " ";
  }
}

}  // namespace veneer::docs
