// One Python file as its syntax tells it: definitions, imports, and the table of a lazy package. Nothing is imported
// or executed; names are joined across files afterwards (python.h).
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "docs/symbols/symbol.h"

namespace veneer::docs {

/// A name that stands for something elsewhere. An empty attribute stands for the module itself.
struct PythonImport {
  std::string module;
  std::string attribute;
  bool only_for_types = false;  ///< under `if TYPE_CHECKING`
};

/// A string constant of a module.
struct PythonConstant {
  std::string value;
  SourcePosition where;
};

/// Made by one thread; handed on whole.
struct PythonModule {
  std::string name;  ///< "diffusers.models.unets"
  bool is_package = false;
  std::deque<Symbol> symbols;  ///< the first is the module

  std::unordered_map<std::string, PythonImport> imports;
  std::vector<std::string> star_imports;

  bool is_lazy = false;  ///< at run time exposes its table, not its imports
  std::unordered_map<std::string, PythonImport> table;

  std::unordered_map<std::string, PythonConstant> strings;           ///< module-level string constants
  std::vector<std::pair<Symbol*, std::string>> examples;             ///< @replace_example_docstring(CONSTANT)
  std::unordered_map<const Symbol*, std::vector<Parameter>> fields;  ///< of classes: what is annotated in them
  Findings findings;
};

/// Parses one file. `module` is its dotted name, `file` what findings and source links call it.
/// Text that is not valid Python gives what can be read of it, and a finding.
PythonModule read_python_module(std::string_view text, std::string module, bool is_package, std::string file);

/// Completes a module with what its stub (.pyi) says: signatures, overloads, and names and docstrings that the module
/// lacks.
void add_stub(PythonModule& module, const PythonModule& stub);

/// A copy whose symbols refer to each other, as those of the original do. For modules that are not linked yet.
PythonModule copy_module(const PythonModule& module);

/// The value of a Python string literal with its prefix and quotes; escapes resolved unless it is raw.
std::string python_string_value(std::string_view literal);

}  // namespace veneer::docs
