// Documented things, whatever language they are written in: what autodoc renders and what [`X`] refers to.
//
// A reader of one language (python.h, cpp.h) makes a SymbolTree; a SymbolIndex owns the trees and answers look-ups.
// Everything is immutable once the index is made, and may then be shared by threads.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "docs/page/finding.h"

namespace veneer::docs {

enum class Language : std::uint8_t { python, cpp };

enum class SymbolKind : std::uint8_t {
  module_,
  namespace_,
  class_,
  struct_,
  function,
  method,
  property,
  enum_,
  enumerator,
  variable,
  alias,
  concept_,
  union_,
  constructor,
  destructor,
  operator_,
  conversion,
  guide,
  macro,
};

/// "class", "function" and so on, as a reader is shown it.
std::string_view to_string(SymbolKind kind);

enum class ParameterKind : std::uint8_t { normal, positional_only, keyword_only, var_positional, var_keyword };

/// What a Python class is made as. An enumeration is a symbol of kind enum_.
enum class ClassForm : std::uint8_t { plain, dataclass, named_tuple, typed_dict, protocol };

struct Parameter {
  std::string name{};
  std::string annotation{};     ///< source text; empty: none. C++: with the space before the name, if it has one
  std::string default_value{};  ///< source text; empty: none
  ParameterKind kind = ParameterKind::normal;
  std::string suffix{};  ///< C++: what of the type stands behind the name: "[3]", ")(int)"
};

/// Maps the names that a scope exposes, its own and those it re-exports.
struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
};
struct Symbol;
using Scope = std::unordered_map<std::string, const Symbol*, NameHash, std::equal_to<>>;

/// Lines of a docstring that stand elsewhere: an example that a decorator puts in.
struct InsertedLines {
  int first = 0;  ///< counted as if all the docstring stood where it begins
  int count = 0;
  SourcePosition where{};  ///< of the first
};

struct Symbol {
  Language language = Language::python;
  SymbolKind kind = SymbolKind::variable;
  std::string name;         ///< last component: "forward"
  std::string path;         ///< by place of definition: "diffusers.models.unets.unet_2d.UNet2DModel.forward"
  std::string public_name;  ///< shortest public path, the anchor: "diffusers.UNet2DModel.forward"
  const Symbol* parent = nullptr;

  std::vector<Parameter> parameters;  ///< of a function, or of a class's constructor; self and cls are left out
  std::vector<Parameter> template_parameters;
  std::string generics;  ///< Python's type parameters, as written: "[T: int]"
  ClassForm form = ClassForm::plain;
  std::string returns;             ///< return annotation, or a variable's or alias's type, as written
  std::string value;               ///< of a variable, an enumerator or a Python alias, as written; empty: none
  std::vector<std::string> bases;  ///< as written
  /// As written, without the @; also async, setter (of a property), required and "not required" (of a TypedDict's key).
  std::vector<std::string> decorators;
  std::string head, tail;                ///< C++: what stands before the name, and behind it or its parameters
  std::vector<const Symbol*> ancestors;  ///< known base classes, nearest first (C3 order)

  std::string docstring;  ///< text of the comment, indentation kept
  int docstring_line = 0;
  std::vector<int> docstring_lines;  ///< C++: where each of its lines stands in the source
  InsertedLines inserted;
  std::string file;  ///< relative to the source root, with '/'
  int line = 0;
  int end_line = 0;

  std::vector<const Symbol*> members;  ///< own, in order of definition
  std::vector<const Symbol*>
      overloads;  ///< of the first of an overload set: the others; Python: those marked @overload
  Scope scope;

  /// A Python enumeration is a class: it has methods and bases.
  [[nodiscard]] bool is_class() const {
    return kind == SymbolKind::class_ || kind == SymbolKind::struct_ || kind == SymbolKind::union_ ||
           (kind == SymbolKind::enum_ && language == Language::python);
  }
  /// It, or one of its overloads, has a docstring.
  [[nodiscard]] bool is_documented() const;
  /// Where a line of the docstring stands, by its number if all of it stood where it begins.
  [[nodiscard]] SourcePosition docstring_position(int number) const;
  [[nodiscard]] bool is_callable() const {
    return kind == SymbolKind::function || kind == SymbolKind::method ||
           (kind >= SymbolKind::constructor && kind <= SymbolKind::guide);
  }
};

/// The symbols of one package or library. `storage` keeps addresses stable when the tree is moved.
struct SymbolTree {
  std::vector<std::deque<Symbol>> storage;
  const Symbol* root = nullptr;
  Findings findings;  ///< sources that could not be read as they are
  /// Of each module: names that stand for something outside, "np" -> "numpy".
  std::unordered_map<const Symbol*, std::unordered_map<std::string, std::string>> foreign_names;
};

class SymbolIndex {
 public:
  SymbolIndex() = default;
  explicit SymbolIndex(std::vector<SymbolTree> trees);

  /// A path from a root, attribute by attribute, with inherited members; the root's own name may be left out.
  /// Components are divided by '.' or "::". A C++ name may leave out any of its outer namespaces, as long as it then
  /// means one thing. nullptr: no such thing.
  [[nodiscard]] const Symbol* find(std::string_view name) const;

  /// Where `find` arrived, and through which class: `owner` is set when the last step was into a class.
  struct Found {
    const Symbol* symbol = nullptr;
    const Symbol* owner = nullptr;
    const Symbol* scope = nullptr;  ///< where the last step was made from
    std::string name{};             ///< by which it was asked for there
  };
  [[nodiscard]] Found locate(std::string_view name) const;

  /// Own member of a scope, or inherited by a class.
  [[nodiscard]] static const Symbol* member(const Symbol& scope, std::string_view name);

  /// Python: public methods with a docstring of their own, sorted by name; not those whose docstring a base class has
  /// word for word, nor properties, nor nested classes. C++: all public methods and nested types in the order
  /// of their declaration.
  [[nodiscard]] static std::vector<const Symbol*> documented_methods(const Symbol& owner);

  /// Up to `count` public names near a misspelt one, nearest first; empty when nothing is near.
  [[nodiscard]] std::vector<std::string> nearest(std::string_view name, std::size_t count = 3) const;

  [[nodiscard]] const std::vector<SymbolTree>& trees() const { return trees_; }

 private:
  struct Name {
    std::string lowered;        ///< last component in lower case
    std::uint64_t letters = 0;  ///< which letters it has: a cheap bound on the edit distance
    std::vector<const Symbol*> symbols;
  };
  [[nodiscard]] static bool may_be_meant(const Symbol& candidate, const std::vector<std::string_view>& written);
  [[nodiscard]] Found locate_from(const Symbol& root, const std::vector<std::string_view>& parts) const;
  [[nodiscard]] Found locate_inner(const std::vector<std::string_view>& parts) const;

  std::vector<SymbolTree> trees_;
  std::vector<Name> names_;
  /// C++ namespaces and what is declared in them, by last component.
  std::unordered_map<std::string, std::vector<const Symbol*>, NameHash, std::equal_to<>> cpp_names_;
};

/// The public path by which a found symbol is anchored: its owner's public name plus its own name when it was reached
/// through a class, else its own public name. Under an alias it is anchored by the alias.
std::string anchor_of(const SymbolIndex::Found& found);

/// Splits "a.b::c" into components. A C++ operator's or a template's own punctuation is not a divider.
std::vector<std::string_view> split_path(std::string_view path);

}  // namespace veneer::docs
