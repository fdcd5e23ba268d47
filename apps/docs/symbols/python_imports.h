// What import statements bind. Stateless.
#pragma once

#include "docs/symbols/python_module.h"
#include "docs/symbols/python_syntax.h"

namespace veneer::docs {

// Which of two bindings of a name counts. A fallback (an except clause, the branch for a missing backend) counts only
// where nothing else binds the name.
struct Branch {
  bool fallback = false;
  bool only_for_types = false;
};

/// `import a.b as c`
void read_import(PythonModule& module, SyntaxNode statement, Branch branch);
/// `from ..a import b as c`, `from .a import *`
void read_from_import(PythonModule& module, SyntaxNode statement, Branch branch);

}  // namespace veneer::docs
