// What is said about a symbol: its docstring read, completed from where else its author wrote it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "docs/symbols/docstring.h"
#include "docs/symbols/symbol.h"

namespace veneer::docs {

/// The parameters that an entry describes: "width, height" -> width, height. Stars stay.
std::vector<std::string_view> entry_names(const DocEntry& entry);

/// "**kwargs" -> "kwargs".
std::string_view bare_name(std::string_view name);

struct Described {
  const Symbol* source = nullptr;  ///< whose docstring it is
  Docstring doc;
  std::string parameters_title;    ///< "Parameters", "Attributes", "Fields", "Keys" or "Values"
  std::vector<std::string> names;  ///< of described parameters
};

/// A class without a docstring takes its constructor's. A C++ struct's fields and an enumeration's values are its
/// parameters; of a Python class, what its docstring does not tell follows: values, keys, fields, and attributes that
/// have docstrings.
Described describe(const Symbol& symbol);

}  // namespace veneer::docs
