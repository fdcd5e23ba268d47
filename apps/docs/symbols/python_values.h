// Parameters, fields and classes that are made by a call, as the syntax of Python tells them. Stateless.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "docs/symbols/python_module.h"
#include "docs/symbols/python_syntax.h"
#include "docs/symbols/symbol.h"

namespace veneer::docs {

/// "a.b.c" -> "c"
std::string_view last_component(std::string_view dotted);

/// "typing.Required[int]" without the wrapper of this name: "int". Nothing if that is not what it is.
std::optional<std::string> unwrapped(std::string_view annotation, std::string_view wrapper);

/// Of a function. `is_bound`: the first, self or cls, is left out.
std::vector<Parameter> read_parameters(SyntaxNode list, bool is_bound);

/// A field of a dataclass or a named tuple as a parameter of its constructor; nothing if it is none: ClassVar,
/// field(init=False). The default is what `field` is told.
std::optional<Parameter> read_field(const std::string& name, const std::string& annotation, SyntaxNode value);

/// The docstring that field(doc="...") has.
std::string field_docstring(SyntaxNode value);

/// `Point = namedtuple("Point", "x y")`, `NamedTuple(...)`, `TypedDict(...)`, `Enum(...)` and its kin.
struct MadeClass {
  std::string base;  ///< as written: "typing.TypedDict"
  ClassForm form = ClassForm::plain;
  bool is_enumeration = false;
  bool is_total = true;              ///< of a TypedDict
  std::vector<Parameter> members{};  ///< fields with their types, values with theirs as default
};
std::optional<MadeClass> read_made_class(SyntaxNode call);
/// The variable that it is assigned to becomes a class with these members.
void make_class(PythonModule& module, Symbol& symbol, const MadeClass& made);

/// size = property(get_size, set_size, doc="..."): the variable becomes a property of `owner`.
void make_property(Symbol& symbol, SyntaxNode call, const Symbol& owner);

/// A value as it is written, on one line; a long one as what kind of thing it is: "{...}".
std::string value_text(SyntaxNode value);

/// What a comment "#: text" above a statement, or behind it, says of it; and the line where that begins.
struct CommentText {
  std::string text;
  int line = 0;
};
CommentText attribute_comment(const std::vector<std::string_view>& lines, SyntaxNode statement);

}  // namespace veneer::docs
