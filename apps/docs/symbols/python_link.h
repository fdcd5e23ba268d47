// Joins the modules of a package into one tree: the second half of reading Python (python.h).
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "docs/symbols/python_module.h"

namespace veneer::docs {

/// Works on modules in place, on one thread; afterwards their symbols refer to each other and must not move apart.
class PythonLinker {
 public:
  explicit PythonLinker(std::vector<PythonModule>& modules);

  /// In this order: scopes, ancestors, forms of classes, constructors, examples, public names.
  void link();

  /// nullptr: no such module.
  [[nodiscard]] const Symbol* module(const std::string& name) const;

  /// What a module's imports from outside the package stand for: "np" -> "numpy".
  [[nodiscard]] std::unordered_map<std::string, std::string> foreign_names(const PythonModule& module) const;

 private:
  const Symbol* resolve(const PythonImport& name, int depth);
  const Symbol* look_up(const PythonModule& module, const PythonImport& name, int depth);
  const Symbol* resolve_star(const PythonModule& module, const std::string& name, int depth);
  const Symbol* resolve_dotted(const PythonModule& module, std::string_view name);
  Scope visible_names(const PythonModule& module, int depth);
  const std::vector<const Symbol*>& find_ancestors(const Symbol& symbol, int depth);
  [[nodiscard]] std::string foreign_name(const PythonModule& module, std::string_view name) const;
  void find_form(PythonModule& module, Symbol& symbol);
  void derive_parameters(Symbol& symbol);
  void replace_examples(PythonModule& module);
  [[nodiscard]] std::string public_name(const Symbol& symbol) const;

  std::vector<PythonModule>& modules_;
  std::unordered_map<std::string, PythonModule*> by_name_;
  std::unordered_map<const Symbol*, std::pair<PythonModule*, Symbol*>> classes_;
  std::unordered_map<const Symbol*, bool> has_ancestors_, has_parameters_;
  struct Resolved {
    const Symbol* symbol = nullptr;
    bool is_final = false;  ///< false while it is being looked for
  };
  std::unordered_map<std::string, Resolved> resolved_;  ///< by "module attribute"
  bool went_in_circles_ = false;
};

}  // namespace veneer::docs
