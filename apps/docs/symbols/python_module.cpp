#include "docs/symbols/python_module.h"

#include <algorithm>
#include <array>
#include <optional>

#include "docs/symbols/python_outline.h"
#include "docs/symbols/python_syntax.h"
#include "docs/symbols/python_table.h"

namespace veneer::docs {
namespace {

std::string_view last_component(std::string_view dotted) {
  return dotted.substr(dotted.rfind('.') + 1);
}

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

// Which of two bindings of a name counts. A fallback (an except clause, the branch for a missing backend) counts only
// where nothing else binds the name.
struct Branch {
  bool fallback = false;
  bool only_for_types = false;
};

class ModuleReader {
 public:
  ModuleReader(PythonModule& module, std::string file) : module_(module), file_(std::move(file)) {
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
    if (root.has_error()) report_error(root);
  }

 private:
  bool report_error(SyntaxNode node) {
    if (node.is_error()) {
      module_.findings.push_back({.where = {file_, node.line()},
                                  .rule = "python-syntax",
                                  .message = "not valid Python here; what stands around it is read",
                                  .suggestion = "correct the syntax"});
      return true;
    }
    for (const SyntaxNode& child : node.children())
      if (child.has_error() || child.is_error())
        if (report_error(child)) return true;
    return false;
  }

  void read_block(SyntaxNode block, Symbol& owner, Branch branch) {
    for (const SyntaxNode& statement : block.children()) read_statement(statement, owner, branch);
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
    } else if (type == "import_statement") {
      read_import(node, branch);
    } else if (type == "import_from_statement") {
      read_from_import(node, branch);
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
    for (const SyntaxNode& base : node.field("superclasses").children())
      if (!base.is("keyword_argument")) symbol.bases.push_back(on_one_line(base.text()));
    const bool named_tuple =
        std::ranges::any_of(symbol.bases, [](const std::string& base) { return last_component(base) == "NamedTuple"; });
    if (named_tuple || has_decorator(symbol, "dataclass")) module_.record_fields[&symbol];
    const SyntaxNode body = node.field("body");
    take_docstring(body, symbol);
    read_block(body, symbol, {});
    bind(owner, symbol, branch);
  }

  void read_function(SyntaxNode node, SyntaxNode whole, Symbol& owner, Branch branch) {
    if (!node.is("function_definition")) return;
    Symbol made = make(SymbolKind::function, node.field("name").text(), owner, whole);
    if (is_accessor(made)) return;
    if (owner.is_class()) made.kind = is_property(made) ? SymbolKind::property : SymbolKind::method;
    const bool is_bound = owner.is_class() && !has_decorator(made, "staticmethod");
    made.parameters = read_parameters(node.field("parameters"), is_bound);
    made.returns = on_one_line(node.field("return_type").text());
    take_docstring(node.field("body"), made);
    Symbol& symbol = module_.symbols.emplace_back(std::move(made));
    for (const std::string& decorator : symbol.decorators) {
      const std::size_t open = decorator.find('(');
      if (decorator_name(decorator) == "replace_example_docstring" && open != std::string::npos)
        module_.examples.emplace_back(&symbol, decorator.substr(open + 1, decorator.rfind(')') - open - 1));
    }
    bind(owner, symbol, branch);
  }

  static std::vector<Parameter> read_parameters(SyntaxNode list, bool is_bound) {
    std::vector<Parameter> parameters;
    ParameterKind kind = ParameterKind::normal;
    bool first = true;
    for (const SyntaxNode& node : list.children()) {
      if (node.is("keyword_separator")) kind = ParameterKind::keyword_only;
      if (node.is("keyword_separator") || node.is("positional_separator")) continue;
      SyntaxNode name = node;
      if (node.field("name")) {
        name = node.field("name");
      } else if (node.is("typed_parameter")) {
        name = node.children().front();
      }
      Parameter parameter{.name = std::string(name.text()),
                          .annotation = on_one_line(node.field("type").text()),
                          .default_value = on_one_line(node.field("value").text()),
                          .kind = kind};
      if (name.is("list_splat_pattern")) {
        parameter.name.erase(0, 1);
        parameter.kind = ParameterKind::var_positional;
        kind = ParameterKind::keyword_only;
      } else if (name.is("dictionary_splat_pattern")) {
        parameter.name.erase(0, 2);
        parameter.kind = ParameterKind::var_keyword;
      }
      if (!(first && is_bound)) parameters.push_back(std::move(parameter));
      first = false;
    }
    return parameters;
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
    const auto record = module_.record_fields.find(&owner);
    if (record != module_.record_fields.end() && type) add_field(record->second, symbol, right);
    bind(owner, symbol, branch);
  }

  // `Old = New`, where New is defined or imported here, binds the same thing under a second name.
  bool read_alias(const std::string& name, SyntaxNode right, Symbol& owner, Branch branch) {
    if (!right.is("identifier") && !right.is("attribute")) return false;
    if (&owner != &module_.symbols.front()) {
      const auto target = owner.scope.find(right.text());
      if (target == owner.scope.end()) return false;
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

  static void add_field(std::vector<Parameter>& fields, const Symbol& symbol, SyntaxNode value) {
    if (symbol.returns.find("ClassVar") != std::string::npos) return;
    Parameter field{.name = symbol.name, .annotation = symbol.returns, .default_value = on_one_line(value.text())};
    const bool described = value.is("call") && last_component(value.field("function").text()) == "field";
    if (described) {
      field.default_value.clear();
      for (const SyntaxNode& argument : value.field("arguments").children()) {
        const std::string_view key = argument.field("name").text();
        const std::string setting = on_one_line(argument.field("value").text());
        if (key == "init" && setting == "False") return;
        if (key == "default") field.default_value = setting;
        if (key == "default_factory")
          field.default_value =
              setting.starts_with("lambda:") ? setting.substr(setting.find_first_not_of(' ', 7)) : setting + "()";
      }
    }
    fields.push_back(std::move(field));
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

  // "..models" seen from this module.
  std::string absolute(std::string_view module) const {
    const std::size_t dots = std::min(module.find_first_not_of('.'), module.size());
    if (dots == 0) return std::string(module);
    std::string base = module_.name;
    for (std::size_t up = module_.is_package ? 1 : 0; up < dots; ++up)
      base.resize(std::min(base.rfind('.'), base.size()));
    if (dots < module.size()) base.append(".").append(module.substr(dots));
    return base;
  }

  void bind_import(const std::string& name, PythonImport import, Branch branch) {
    if (branch.fallback && (module_.imports.contains(name) || module_.symbols.front().scope.contains(name))) return;
    import.only_for_types = branch.only_for_types;
    // What is imported for the type checker stands for what is imported, or defined, at run time.
    const auto known = module_.imports.find(name);
    if (branch.only_for_types && known != module_.imports.end() && !known->second.only_for_types) return;
    module_.imports[name] = std::move(import);
  }

  void read_import(SyntaxNode node, Branch branch) {
    for (const SyntaxNode& name : node.children("name")) {
      if (name.is("aliased_import")) {
        bind_import(std::string(name.field("alias").text()), {std::string(name.field("name").text()), "", false},
                    branch);
      } else {
        const std::string top(name.text().substr(0, name.text().find('.')));
        bind_import(top, {top, "", false}, branch);
      }
    }
  }

  void read_from_import(SyntaxNode node, Branch branch) {
    const std::string module = absolute(on_one_line(node.field("module_name").text()));
    for (const SyntaxNode& child : node.children())
      if (child.is("wildcard_import") && !branch.fallback) module_.star_imports.push_back(module);
    for (const SyntaxNode& name : node.children("name")) {
      const bool renamed = name.is("aliased_import");
      const std::string attribute(renamed ? name.field("name").text() : name.text());
      bind_import(renamed ? std::string(name.field("alias").text()) : attribute, {module, attribute, false}, branch);
    }
  }

  PythonModule& module_;
  std::string file_;
  ImportTableReader table_{module_};
};

}  // namespace

PythonModule read_python_module(std::string_view text, std::string name, bool is_package, std::string file) {
  PythonModule module;
  module.name = std::move(name);
  module.is_package = is_package;
  const std::string outline = outline_python(text);
  const PythonSyntax syntax(outline);
  ModuleReader(module, std::move(file)).read(syntax.root());
  return module;
}

PythonModule copy_module(const PythonModule& module) {
  PythonModule copy = module;
  std::unordered_map<const Symbol*, Symbol*> copies;
  for (std::size_t i = 0; i < module.symbols.size(); ++i) copies.emplace(&module.symbols[i], &copy.symbols[i]);
  for (Symbol& symbol : copy.symbols) {
    if (symbol.parent != nullptr) symbol.parent = copies.at(symbol.parent);
    for (const Symbol*& member : symbol.members) member = copies.at(member);
    for (auto& [name, bound] : symbol.scope) bound = copies.at(bound);
  }
  for (auto& [symbol, constant] : copy.examples) symbol = copies.at(symbol);
  copy.record_fields.clear();
  for (const auto& [symbol, fields] : module.record_fields) copy.record_fields.emplace(copies.at(symbol), fields);
  return copy;
}

}  // namespace veneer::docs
