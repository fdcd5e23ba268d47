// The table of a lazy package: which names `__init__.py` exposes, and the submodules that define them.
//   _import_structure = {"a": ["X"]};  _import_structure["b.c"] = ["Y"];  .append / .extend / .update
#pragma once

#include <string>

#include "docs/symbols/python_module.h"
#include "docs/symbols/python_syntax.h"

namespace veneer::docs {

/// Follows the statements that build such a table in the order in which they stand. Belongs to one module's reading.
class ImportTableReader {
 public:
  explicit ImportTableReader(PythonModule& module) : module_(module) {}

  /// True when the expression is about a table and has been taken in. What is not literal in it is passed over.
  bool read(SyntaxNode expression);

 private:
  void add_entry(SyntaxNode key, SyntaxNode names);
  void add_names(const std::string& submodule, SyntaxNode list);
  void add_dictionary(SyntaxNode dictionary);
  PythonModule& module_;
};

}  // namespace veneer::docs
