#include "docs/symbols/python_module.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "docs/symbols/python_imports.h"
#include "docs/symbols/python_outline.h"
#include "docs/symbols/python_syntax.h"
#include "docs/symbols/python_table.h"
#include "docs/symbols/python_values.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

// "functools.cached_property(x)" -> "cached_property"
std::string_view decorator_name(std::string_view decorator) {
  return last_component(decorator.substr(0, decorator.find('(')));
}

bool has_decorator(const Symbol& symbol, std::string_view name) {
  return std::ranges::any_of(symbol.decorators, [&](const std::string& d) { return decorator_name(d) == name; });
}

bool is_property(const Symbol& symbol) {
  return std::ranges::any_of(symbol.decorators, [](const std::string& decorator) {
    const std::string_view name = decorator_name(decorator);
    return name == "property" || name == "cached_property" || name == "abstractproperty";
  });
}

// @x.setter redefines x without being a new thing.
bool is_accessor(const Symbol& symbol) {
  return std::ranges::any_of(symbol.decorators, [](const std::string& decorator) {
    return decorator.ends_with(".setter") || decorator.ends_with(".deleter") || decorator.ends_with(".getter");
  });
}

class ModuleReader {
 public:
  ModuleReader(PythonModule& module, std::string_view text, std::string file)
      : module_(module), lines_(split_lines(text)), file_(std::move(file)) {
    Symbol& symbol = module_.symbols.emplace_back();
    symbol.kind = SymbolKind::module_;
    symbol.name = last_component(module_.name);
    symbol.path = module_.name;
    symbol.file = file_;
    symbol.line = 1;
  }

  void read(SyntaxNode root) {
    Symbol& symbol = module_.symbols.front();
    symbol.end_line = root.end_line();
    take_docstring(root, symbol);
    read_block(root, symbol, {});
    bind_overloads(symbol);
    if (root.has_error()) report_error(root);
  }

 private:
  // The innermost error is nearest to the mistake; what is missing (a bracket) is no node with a name.
  void report_error(SyntaxNode node) {
    for (const SyntaxNode& child : node.children())
      if (!node.is_error() && child.has_error()) return report_error(child);
    module_.findings.push_back({.where = {file_, node.line()},
                                .rule = "python-syntax",
                                .message = "not valid Python here; what stands around it is read",
                                .suggestion = "correct the syntax"});
  }

  void read_block(SyntaxNode block, Symbol& owner, Branch branch) {
    last_ = nullptr;
    for (const SyntaxNode& statement : block.children()) {
      Symbol* const before = std::exchange(last_, nullptr);
      if (before == nullptr || !take_docstring_below(statement, *before)) read_statement(statement, owner, branch);
    }
    last_ = nullptr;
  }

  // A string below an assignment says what the name is for.
  static bool take_docstring_below(SyntaxNode statement, Symbol& symbol) {
    if (!statement.is("expression_statement") || !symbol.docstring.empty()) return false;
    const std::vector<SyntaxNode> expressions = statement.children();
    if (expressions.size() != 1 || !expressions.front().is("string")) return false;
    symbol.docstring = python_string_value(expressions.front().text());
    symbol.docstring_line = expressions.front().line();
    return true;
  }

  void read_statement(SyntaxNode node, Symbol& owner, Branch branch) {
    const std::string_view type = node.type();
    if (type == "expression_statement") {
      for (const SyntaxNode& expression : node.children()) read_expression(expression, owner, branch);
    } else if (type == "class_definition") {
      read_class(node, node, owner, branch);
    } else if (type == "function_definition") {
      read_function(node, node, owner, branch);
    } else if (type == "decorated_definition") {
      const SyntaxNode definition = node.field("definition");
      if (definition.is("class_definition"))
        read_class(definition, node, owner, branch);
      else
        read_function(definition, node, owner, branch);
    } else if (type == "type_alias_statement") {
      read_type_alias(node, owner, branch);
    } else if (type == "import_statement") {
      read_import(module_, node, branch);
    } else if (type == "import_from_statement") {
      read_from_import(module_, node, branch);
    } else if (type == "if_statement") {
      read_if(node, owner, branch);
    } else if (type == "try_statement" || type == "with_statement") {
      read_block(node.field("body"), owner, branch);
      for (const SyntaxNode& clause : node.children()) {
        if (clause.is("else_clause")) read_block(clause.field("body"), owner, branch);
        if (clause.is("finally_clause") || clause.is("except_clause"))
          for (const SyntaxNode& part : clause.children())
            if (part.is("block"))
              read_block(part, owner, {branch.fallback || clause.is("except_clause"), branch.only_for_types});
      }
    }
  }

  // `if not is_torch_available(): ... else: ...`: the branch of the missing backend is the fallback.
  void read_if(SyntaxNode node, Symbol& owner, Branch branch) {
    const std::string_view condition = node.field("condition").text();
    const bool negated = condition.starts_with("not ") || condition.starts_with("not(");
    const bool types = condition.find("TYPE_CHECKING") != std::string_view::npos && !negated;
    read_block(node.field("consequence"), owner, {branch.fallback || negated, branch.only_for_types || types});
    for (const SyntaxNode& clause : node.children("alternative")) {
      const SyntaxNode body = clause.is("elif_clause") ? clause.field("consequence") : clause.field("body");
      read_block(body, owner, {branch.fallback || (!negated && !types), branch.only_for_types});
    }
  }

  void bind(Symbol& owner, Symbol& symbol, Branch branch) {
    const bool at_module = &owner == &module_.symbols.front();
    if (branch.fallback && (owner.scope.contains(symbol.name) || (at_module && module_.imports.contains(symbol.name))))
      return;
    const auto [slot, is_new] = owner.scope.insert_or_assign(symbol.name, &symbol);
    if (!is_new) std::erase_if(owner.members, [&](const Symbol* other) { return other->name == symbol.name; });
    owner.members.push_back(&symbol);
    if (at_module) module_.imports.erase(symbol.name);
  }

  Symbol make(SymbolKind kind, std::string_view name, Symbol& owner, SyntaxNode whole) {
    Symbol symbol;
    symbol.kind = kind;
    symbol.name = name;
    symbol.path = owner.path + "." + std::string(name);
    symbol.parent = &owner;
    symbol.file = file_;
    symbol.line = whole.line();
    symbol.end_line = whole.end_line();
    for (const SyntaxNode& child : whole.children())
      if (whole.is("decorated_definition") && child.is("decorator"))
        symbol.decorators.push_back(on_one_line(child.text().substr(1)));
    return symbol;
  }

  void read_class(SyntaxNode node, SyntaxNode whole, Symbol& owner, Branch branch) {
    Symbol& symbol = module_.symbols.emplace_back(make(SymbolKind::class_, node.field("name").text(), owner, whole));
    symbol.line = node.line();
    symbol.generics = on_one_line(node.field("type_parameters").text());
    ClassSettings settings;
    for (const SyntaxNode& base : node.field("superclasses").children()) {
      if (!base.is("keyword_argument")) symbol.bases.push_back(on_one_line(base.text()));
      if (base.field("name").text() == "total") settings.is_total = base.field("value").text() != "False";
    }
    for (const std::string& decorator : symbol.decorators) {
      if (decorator_name(decorator) != "dataclass") continue;
      symbol.form = ClassForm::dataclass;
      settings.keyword_only = decorator.find("kw_only=True") != std::string::npos;
    }
    const ClassSettings outer = std::exchange(settings_, settings);
    const SyntaxNode body = node.field("body");
    take_docstring(body, symbol);
    read_block(body, symbol, {});
    settings_ = outer;
    bind_overloads(symbol);
    bind(owner, symbol, branch);
  }

  void read_function(SyntaxNode node, SyntaxNode whole, Symbol& owner, Branch branch) {
    if (!node.is("function_definition")) return;
    Symbol made = make(SymbolKind::function, node.field("name").text(), owner, whole);
    if (is_accessor(made)) return note_accessor(made, owner);
    if (owner.is_class()) made.kind = is_property(made) ? SymbolKind::property : SymbolKind::method;
    const bool is_bound = owner.is_class() && !has_decorator(made, "staticmethod");
    made.parameters = read_parameters(node.field("parameters"), is_bound);
    made.generics = on_one_line(node.field("type_parameters").text());
    made.returns = on_one_line(node.field("return_type").text());
    if (node.text().starts_with("async")) made.decorators.emplace_back("async");
    take_docstring(node.field("body"), made);
    Symbol& symbol = module_.symbols.emplace_back(std::move(made));
    for (const std::string& decorator : symbol.decorators) {
      const std::size_t open = decorator.find('(');
      if (decorator_name(decorator) == "replace_example_docstring" && open != std::string::npos)
        module_.examples.emplace_back(&symbol, decorator.substr(open + 1, decorator.rfind(')') - open - 1));
    }
    std::vector<const Symbol*>& overloads = overloads_[&owner][symbol.name];
    if (has_decorator(symbol, "overload")) {
      overloads.push_back(&symbol);
      return;
    }
    symbol.overloads = std::exchange(overloads, {});
    bind(owner, symbol, branch);
  }

  // Of a stub, or a Protocol: overloads without an implementation. The first stands for all.
  void bind_overloads(Symbol& owner) {
    for (auto& [name, overloads] : overloads_[&owner]) {
      if (overloads.empty() || owner.scope.contains(name)) continue;
      for (Symbol& symbol : module_.symbols) {
        if (&symbol != overloads.front()) continue;
        symbol.overloads.assign(overloads.begin() + 1, overloads.end());
        bind(owner, symbol, {});
      }
    }
    overloads_.erase(&owner);
  }

  // @size.setter: the property can be set.
  void note_accessor(const Symbol& accessor, const Symbol& owner) {
    const bool sets =
        std::ranges::any_of(accessor.decorators, [](const std::string& d) { return d.ends_with(".setter"); });
    for (Symbol& symbol : module_.symbols)
      if (sets && symbol.parent == &owner && symbol.name == accessor.name && symbol.kind == SymbolKind::property)
        symbol.decorators.emplace_back("setter");
  }

  // type Pair[T] = tuple[T, T]
  void read_type_alias(SyntaxNode node, Symbol& owner, Branch branch) {
    const std::vector<SyntaxNode> sides = node.children();
    if (sides.size() != 2) return;
    const std::string left = on_one_line(sides[0].text());
    const std::size_t bracket = std::min(left.find('['), left.size());
    Symbol& symbol =
        module_.symbols.emplace_back(make(SymbolKind::alias, std::string_view(left).substr(0, bracket), owner, node));
    symbol.generics = left.substr(bracket);
    symbol.value = value_text(sides[1]);
    take_comment(node, symbol);
    bind(owner, symbol, branch);
    last_ = &symbol;
  }

  void read_expression(SyntaxNode node, Symbol& owner, Branch branch) {
    const bool at_module = &owner == &module_.symbols.front();
    if (at_module && !branch.fallback && table_.read(node)) return;
    if (!node.is("assignment")) return;
    const SyntaxNode left = node.field("left"), type = node.field("type"), right = node.field("right");
    if (at_module && left.is("subscript") && left.field("value").text() == "_additional_imports") {
      const std::string name = python_string_value(left.field("subscript").text());
      if (const auto imported = module_.imports.find(name); imported != module_.imports.end())
        module_.table[name] = imported->second;
    }
    if (!left.is("identifier")) return;
    const std::string name(left.text());
    if (at_module && right.is("string"))
      module_.strings[name] = {python_string_value(right.text()), {file_, right.line()}};
    if (read_alias(name, right, owner, branch)) return;
    Symbol& symbol = module_.symbols.emplace_back(make(SymbolKind::variable, name, owner, node));
    symbol.returns = on_one_line(type.text());
    symbol.value = value_text(right);
    symbol.docstring = field_docstring(right);
    symbol.docstring_line = right ? right.line() : node.line();
    if (symbol.docstring.empty()) take_comment(node, symbol);
    if (const auto made = read_made_class(right)) {
      make_class(module_, symbol, *made);
    } else if (is_type_alias(symbol, right)) {
      symbol.kind = SymbolKind::alias;
    } else if (owner.is_class() && right.is("call") && right.field("function").text() == "property") {
      make_property(symbol, right, owner);
    } else if (owner.is_class() && type) {
      add_field(symbol, right, owner);
    }
    bind(owner, symbol, branch);
    last_ = &symbol;
  }

  void add_field(Symbol& symbol, SyntaxNode value, const Symbol& owner) {
    if (last_component(symbol.returns) == "KW_ONLY") {
      settings_.keyword_only = true;
      return;
    }
    std::string type = symbol.returns;
    if (auto inner = unwrapped(type, "ReadOnly")) type = *inner;
    const auto required = unwrapped(type, "Required"), not_required = unwrapped(type, "NotRequired");
    symbol.decorators.emplace_back(required || (settings_.is_total && !not_required) ? "required" : "not required");
    type = required.value_or(not_required.value_or(type));
    if (auto inner = unwrapped(type, "ReadOnly")) type = *inner;
    if (required || not_required || symbol.returns != type) symbol.returns = type;
    std::optional<Parameter> field = read_field(symbol.name, type, value);
    if (!field) return;
    if (settings_.keyword_only) field->kind = ParameterKind::keyword_only;
    module_.fields[&owner].push_back(std::move(*field));
  }

  // X: TypeAlias = ...; X = NewType("X", ...)
  static bool is_type_alias(const Symbol& symbol, SyntaxNode value) {
    return last_component(symbol.returns) == "TypeAlias" ||
           (value.is("call") && last_component(value.field("function").text()) == "NewType");
  }

  void take_comment(SyntaxNode statement, Symbol& symbol) {
    CommentText comment = attribute_comment(lines_, statement);
    if (comment.text.empty()) return;
    symbol.docstring = std::move(comment.text);
    symbol.docstring_line = comment.line;
  }

  // `Old = New`, where New is defined or imported here, binds the same thing under a second name. In a class only
  // another name of a method or a class does: `SECOND = FIRST` is a value.
  bool read_alias(const std::string& name, SyntaxNode right, Symbol& owner, Branch branch) {
    if (!right.is("identifier") && !right.is("attribute")) return false;
    if (&owner != &module_.symbols.front()) {
      const auto target = owner.scope.find(right.text());
      if (target == owner.scope.end() || target->second->kind == SymbolKind::variable) return false;
      owner.scope.emplace(name, target->second);
      return true;
    }
    const std::string target(right.text());
    const std::string head = target.substr(0, target.find('.'));
    if (branch.fallback || (!owner.scope.contains(head) && !module_.imports.contains(head))) return false;
    if (name == target) return false;
    owner.scope.erase(name);
    module_.imports[name] = {module_.name, target, false};
    return true;
  }

  void take_docstring(SyntaxNode body, Symbol& symbol) {
    const std::vector<SyntaxNode> statements = body.children();
    if (statements.empty() || !statements.front().is("expression_statement")) return;
    const std::vector<SyntaxNode> expressions = statements.front().children();
    if (expressions.size() != 1) return;
    if (expressions.front().is("string")) {
      symbol.docstring = python_string_value(expressions.front().text());
    } else if (expressions.front().is("concatenated_string")) {
      for (const SyntaxNode& part : expressions.front().children())
        symbol.docstring += python_string_value(part.text());
    }
    symbol.docstring_line = expressions.front().line();
  }

  struct ClassSettings {
    bool is_total = true;       ///< a TypedDict's keys are required
    bool keyword_only = false;  ///< so are the fields from here on
  };

  PythonModule& module_;
  std::vector<std::string_view> lines_;
  std::string file_;
  ImportTableReader table_{module_};
  Symbol* last_ = nullptr;  ///< whose docstring may come next
  ClassSettings settings_;
  std::unordered_map<const Symbol*, std::map<std::string, std::vector<const Symbol*>>> overloads_;  ///< not bound yet
};

}  // namespace

PythonModule read_python_module(std::string_view text, std::string name, bool is_package, std::string file) {
  PythonModule module;
  module.name = std::move(name);
  module.is_package = is_package;
  const std::string outline = outline_python(text);
  const PythonSyntax syntax(outline);
  ModuleReader(module, outline, std::move(file)).read(syntax.root());
  return module;
}

PythonModule copy_module(const PythonModule& module) {
  PythonModule copy = module;
  std::unordered_map<const Symbol*, Symbol*> copies;
  for (std::size_t i = 0; i < module.symbols.size(); ++i) copies.emplace(&module.symbols[i], &copy.symbols[i]);
  for (Symbol& symbol : copy.symbols) {
    if (symbol.parent != nullptr) symbol.parent = copies.at(symbol.parent);
    for (const Symbol*& member : symbol.members) member = copies.at(member);
    for (const Symbol*& overload : symbol.overloads) overload = copies.at(overload);
    for (auto& [name, bound] : symbol.scope) bound = copies.at(bound);
  }
  for (auto& [symbol, constant] : copy.examples) symbol = copies.at(symbol);
  copy.fields.clear();
  for (const auto& [symbol, fields] : module.fields) copy.fields.emplace(copies.at(symbol), fields);
  return copy;
}

}  // namespace veneer::docs
