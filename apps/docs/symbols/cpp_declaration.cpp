#include "docs/symbols/cpp_declaration.h"

#include <algorithm>

namespace veneer::docs {
namespace {

std::string type_of(const ClangCursor& cursor) {
  return take_string(clang_getTypeSpelling(clang_getCursorType(cursor.get())));
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

// Line ends and what surrounds them as one space.
std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_space = c == ' ' || c == '\n' || c == '\t';
    if (!is_space)
      out += c;
    else if (!out.ends_with(' '))
      out += ' ';
  }
  return std::string(trim(out));
}

// The '=' of a default value: outside brackets, not part of "==" or "<=".
std::size_t default_at(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (std::string_view("(<[{").find(text[i]) != std::string_view::npos) ++depth;
    if (std::string_view(")>]}").find(text[i]) != std::string_view::npos) --depth;
    if (text[i] == '=' && depth <= 0) return i;
  }
  return std::string_view::npos;
}

// "const T& name = value" as written; where the name stands inside its type ("int a[3]") the type is libclang's.
Parameter read_parameter(const ClangCursor& cursor) {
  Parameter parameter;
  parameter.name = cursor.name();
  const std::string text = one_line(cursor.text());
  const std::size_t equals = default_at(text);
  std::string_view left = trim(std::string_view(text).substr(0, equals));
  if (equals != std::string::npos) parameter.default_value = trim(std::string_view(text).substr(equals + 1));
  if (!parameter.name.empty() && left.ends_with(parameter.name)) {
    parameter.annotation = trim(left.substr(0, left.size() - parameter.name.size()));
  } else {
    parameter.annotation = parameter.name.empty() ? std::string(left) : type_of(cursor);
  }
  if (parameter.annotation.empty()) parameter.annotation = type_of(cursor);
  return parameter;
}

bool is_function(CXCursorKind kind) {
  return kind == CXCursor_FunctionDecl || kind == CXCursor_CXXMethod || kind == CXCursor_Constructor ||
         kind == CXCursor_FunctionTemplate || kind == CXCursor_ConversionFunction;
}

// The source before the declared name, and from the name on; both empty for what comes from a macro.
std::pair<std::string_view, std::string_view> around_name(const ClangCursor& cursor) {
  const unsigned begin = place_of(clang_getRangeStart(clang_getCursorExtent(cursor.get()))).offset;
  const unsigned name = place_of(clang_getCursorLocation(cursor.get())).offset;
  const std::string_view whole = cursor.text();
  if (name < begin || name - begin > whole.size()) return {};
  return {whole.substr(0, name - begin), whole.substr(name - begin)};
}

std::string without_specifiers(std::string text) {
  for (bool stripped = true; stripped;) {
    stripped = false;
    if (text.starts_with("[[") && text.find("]]") != std::string::npos) {
      text = trim(std::string_view(text).substr(text.find("]]") + 2));
      stripped = true;
    }
    for (const std::string_view word :
         {"static ", "virtual ", "explicit ", "constexpr ", "inline ", "extern ", "friend ", "mutable "})
      if (text.starts_with(word)) {
        text.erase(0, word.size());
        stripped = true;
      }
  }
  return text;
}

// What stands before the function's name, without attributes and specifiers; libclang's spelling where the type follows
// the parameters or comes from a macro.
std::string return_type(const ClangCursor& cursor) {
  std::string spelled = take_string(clang_getTypeSpelling(clang_getCursorResultType(cursor.get())));
  std::string text = one_line(around_name(cursor).first);
  if (text.starts_with("template")) {
    int depth = 0;
    std::size_t end = text.find('<');
    for (; end < text.size(); ++end) {
      depth += text[end] == '<' ? 1 : text[end] == '>' ? -1 : 0;
      if (depth == 0) break;
    }
    text = trim(std::string_view(text).substr(std::min(end + 1, text.size())));
  }
  text = without_specifiers(std::move(text));
  const bool is_plain =
      !text.empty() && text != "auto" && !text.starts_with("requires") && text.find('(') == std::string::npos;
  return is_plain ? text : spelled;
}

// "std::string name{}", "int first = 1, second = 2": the type as written where the name follows it, and what the
// variable begins with.
void read_variable(const ClangCursor& cursor, Symbol& symbol) {
  const auto [before, rest] = around_name(cursor);
  const std::string type = without_specifiers(one_line(before));
  const std::string after = one_line(rest.substr(std::min(symbol.name.size(), rest.size())));
  const bool is_whole = !type.empty() && !type.ends_with(',') && !after.starts_with('[') && !after.starts_with(')');
  symbol.returns = is_whole ? type : type_of(cursor);
  if (after.starts_with('=')) symbol.value = trim(std::string_view(after).substr(1));
  if (after.starts_with('{') && after != "{}") symbol.value = after;
}

void read_function(const ClangCursor& cursor, Symbol& symbol) {
  const std::string_view text = cursor.text();
  const std::string_view head = text.substr(0, std::min(text.find('('), text.size()));
  const CXCursor handle = cursor.get();
  const bool constructs =
      cursor.kind() == CXCursor_Constructor || (symbol.parent != nullptr && symbol.parent->name == symbol.name);
  if (!constructs && cursor.kind() != CXCursor_ConversionFunction) symbol.returns = return_type(cursor);
  const auto add = [&](bool applies, const char* word) {
    if (applies) symbol.decorators.emplace_back(word);
  };
  add(clang_CXXMethod_isStatic(handle) != 0, "static");
  add(clang_CXXMethod_isVirtual(handle) != 0 && head.find("virtual") != std::string_view::npos, "virtual");
  add(head.find("explicit") != std::string_view::npos, "explicit");
  add(head.find("constexpr") != std::string_view::npos, "constexpr");
  add(clang_CXXMethod_isConst(handle) != 0, "const");
  add(clang_getCursorExceptionSpecificationType(handle) == CXCursor_ExceptionSpecificationKind_BasicNoexcept,
      "noexcept");
  const auto children = cursor.children();
  add(std::ranges::any_of(children, [](const ClangCursor& c) { return c.kind() == CXCursor_CXXOverrideAttr; }),
      "override");
  add(clang_CXXMethod_isPureVirtual(handle) != 0, "= 0");
  add(clang_CXXMethod_isDefaulted(handle) != 0, "= default");
}

bool is_concept(const ClangCursor& cursor) {
  const std::string text = one_line(cursor.text());
  return text.starts_with("template") && text.find(" concept " + cursor.name() + " ") != std::string::npos;
}

}  // namespace

std::optional<SymbolKind> declared_kind(const ClangCursor& cursor, bool in_class) {
  CXCursorKind kind = cursor.kind();
  const bool is_template = kind == CXCursor_ClassTemplate;
  if (is_template) kind = clang_getTemplateCursorKind(cursor.get());
  switch (kind) {
    case CXCursor_StructDecl:
    case CXCursor_ClassDecl:
    case CXCursor_UnionDecl:
      if (!clang_isCursorDefinition(cursor.get()) || cursor.name().empty()) return std::nullopt;
      return kind == CXCursor_ClassDecl ? SymbolKind::class_ : SymbolKind::struct_;
    case CXCursor_EnumDecl:
      if (!clang_isCursorDefinition(cursor.get()) || cursor.name().empty()) return std::nullopt;
      return SymbolKind::enum_;
    case CXCursor_EnumConstantDecl:
      return SymbolKind::enumerator;
    case CXCursor_FunctionDecl:
    case CXCursor_FunctionTemplate:
      return in_class ? SymbolKind::method : SymbolKind::function;
    case CXCursor_CXXMethod:
    case CXCursor_Constructor:
    case CXCursor_ConversionFunction:
      return SymbolKind::method;
    case CXCursor_FieldDecl:
    case CXCursor_VarDecl:
      return SymbolKind::variable;
    case CXCursor_TypedefDecl:
    case CXCursor_TypeAliasDecl:
    case CXCursor_TypeAliasTemplateDecl:
      return SymbolKind::alias;
    case CXCursor_UnexposedDecl:
      if (is_concept(cursor)) return SymbolKind::concept_;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

bool is_special(const ClangCursor& cursor) {
  if (!is_function(cursor.kind())) return false;
  if (clang_getCursorAvailability(cursor.get()) == CXAvailability_NotAvailable) return true;
  if (!take_string(clang_Cursor_getRawCommentText(cursor.get())).empty()) return false;
  return clang_CXXMethod_isDefaulted(cursor.get()) != 0 || clang_CXXConstructor_isCopyConstructor(cursor.get()) != 0 ||
         clang_CXXConstructor_isMoveConstructor(cursor.get()) != 0;
}

void read_details(const ClangCursor& cursor, Symbol& symbol) {
  for (const ClangCursor& child : cursor.children()) {
    const CXCursorKind kind = child.kind();
    if (kind == CXCursor_ParmDecl && symbol.is_callable()) symbol.parameters.push_back(read_parameter(child));
    if (kind == CXCursor_TemplateTypeParameter || kind == CXCursor_NonTypeTemplateParameter ||
        kind == CXCursor_TemplateTemplateParameter)
      symbol.template_parameters.push_back(read_parameter(child));
  }
  const std::string text = one_line(cursor.text());
  switch (symbol.kind) {
    case SymbolKind::function:
    case SymbolKind::method:
      read_function(cursor, symbol);
      break;
    case SymbolKind::variable:
      read_variable(cursor, symbol);
      break;
    case SymbolKind::alias:
    case SymbolKind::concept_:
      // Template parameters of the declaration itself may hold an '=' too: the last one outside brackets counts.
      if (const std::size_t equals = default_at(text); equals != std::string::npos)
        symbol.returns = trim(std::string_view(text).substr(equals + 1));
      break;
    default:
      break;
  }
}

}  // namespace veneer::docs
