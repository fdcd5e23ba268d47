#include "docs/symbols/python_imports.h"

#include <algorithm>

namespace veneer::docs {
namespace {

// "..models" seen from this module.
std::string absolute(const PythonModule& importer, std::string_view module) {
  const std::size_t dots = std::min(module.find_first_not_of('.'), module.size());
  if (dots == 0) return std::string(module);
  std::string base = importer.name;
  for (std::size_t up = importer.is_package ? 1 : 0; up < dots; ++up)
    base.resize(std::min(base.rfind('.'), base.size()));
  if (dots < module.size()) base.append(".").append(module.substr(dots));
  return base;
}

void bind_import(PythonModule& module, const std::string& name, PythonImport import, Branch branch) {
  if (branch.fallback && (module.imports.contains(name) || module.symbols.front().scope.contains(name))) return;
  import.only_for_types = branch.only_for_types;
  // What is imported for the type checker stands for what is imported, or defined, at run time.
  const auto known = module.imports.find(name);
  if (branch.only_for_types && known != module.imports.end() && !known->second.only_for_types) return;
  module.imports[name] = std::move(import);
}

}  // namespace

void read_import(PythonModule& module, SyntaxNode node, Branch branch) {
  for (const SyntaxNode& name : node.children("name")) {
    if (name.is("aliased_import")) {
      bind_import(module, std::string(name.field("alias").text()), {std::string(name.field("name").text()), "", false},
                  branch);
    } else {
      const std::string top(name.text().substr(0, name.text().find('.')));
      bind_import(module, top, {top, "", false}, branch);
    }
  }
}

void read_from_import(PythonModule& module, SyntaxNode node, Branch branch) {
  const std::string source = absolute(module, on_one_line(node.field("module_name").text()));
  for (const SyntaxNode& child : node.children())
    if (child.is("wildcard_import") && !branch.fallback) module.star_imports.push_back(source);
  for (const SyntaxNode& name : node.children("name")) {
    const bool renamed = name.is("aliased_import");
    const std::string attribute(renamed ? name.field("name").text() : name.text());
    bind_import(module, renamed ? std::string(name.field("alias").text()) : attribute, {source, attribute, false},
                branch);
  }
}

}  // namespace veneer::docs
