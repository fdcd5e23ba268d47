// A source and its stub (.pyi) are one module.
#include <algorithm>

#include "docs/symbols/python_module.h"

namespace veneer::docs {
namespace {

class StubReader {
 public:
  StubReader(PythonModule& module, const PythonModule& stub) : module_(module), stub_(stub) {}

  // What both have is completed, the rest is taken over.
  void join(Symbol& scope, const Symbol& stub) {
    for (const Symbol* member : stub.members) {
      const auto own = scope.scope.find(member->name);
      if (own == scope.scope.end())
        adopt(*member, scope);
      else
        complete(own_symbol(own->second), *member);
    }
  }

 private:
  Symbol& own_symbol(const Symbol* wanted) {
    return *std::ranges::find_if(module_.symbols, [&](const Symbol& symbol) { return &symbol == wanted; });
  }

  void complete(Symbol& symbol, const Symbol& stub) {
    if (symbol.docstring.empty() && !stub.docstring.empty()) {
      symbol.docstring = stub.docstring;
      symbol.docstring_line = stub.docstring_line;
      symbol.file = stub.file;  // of the docstring, which findings are about
      symbol.line = stub.line;
      symbol.end_line = stub.end_line;
    }
    if (symbol.is_class()) {
      if (symbol.bases.empty()) symbol.bases = stub.bases;
      if (const auto fields = stub_.fields.find(&stub); fields != stub_.fields.end())
        module_.fields[&symbol] = fields->second;
      return join(symbol, stub);
    }
    if (!stub.returns.empty()) symbol.returns = stub.returns;
    if (!symbol.is_callable()) return;
    std::vector<Parameter> parameters = stub.parameters;
    for (Parameter& parameter : parameters) {
      const auto own = std::ranges::find(symbol.parameters, parameter.name, &Parameter::name);
      if (parameter.default_value == "..." && own != symbol.parameters.end() && !own->default_value.empty())
        parameter.default_value = own->default_value;
    }
    if (stub.overloads.empty()) symbol.parameters = std::move(parameters);
    if (stub.overloads.empty() || !symbol.overloads.empty()) return;
    Symbol& first = copy(stub, symbol.parent);
    first.overloads.clear();
    symbol.overloads.push_back(&first);
    for (const Symbol* overload : stub.overloads) symbol.overloads.push_back(&copy(*overload, symbol.parent));
  }

  Symbol& copy(const Symbol& stub, const Symbol* parent) {
    Symbol& made = module_.symbols.emplace_back(stub);
    made.parent = parent;
    return made;
  }

  void adopt(const Symbol& stub, Symbol& scope) {
    Symbol& made = copy(stub, &scope);
    made.members.clear();
    made.scope.clear();
    for (const Symbol*& overload : made.overloads) overload = &copy(*overload, &scope);
    scope.members.push_back(&made);
    scope.scope.emplace(made.name, &made);
    if (const auto fields = stub_.fields.find(&stub); fields != stub_.fields.end())
      module_.fields[&made] = fields->second;
    join(made, stub);
  }

  PythonModule& module_;
  const PythonModule& stub_;
};

}  // namespace

void add_stub(PythonModule& module, const PythonModule& stub) {
  StubReader(module, stub).join(module.symbols.front(), stub.symbols.front());
  for (const auto& [name, import] : stub.imports) module.imports.emplace(name, import);
  module.findings.insert(module.findings.end(), stub.findings.begin(), stub.findings.end());
}

}  // namespace veneer::docs
