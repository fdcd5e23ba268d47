// What a Doxygen comment says of parameters, results and errors, gathered and written as sections. For doxygen.cpp
// alone.
#pragma once

#include <string>
#include <vector>

#include "docs/symbols/docstring_text.h"

namespace veneer::docs {

struct DoxygenItem {
  std::string head;            ///< name of a parameter, value or error
  std::vector<DocLine> lines;  ///< the first one is what follows it; there is one
};

struct DoxygenSections {
  std::vector<DoxygenItem> parameters{}, template_parameters{}, returns{}, return_values{}, raises{};

  /// Adds Args, Returns and Raises as far as there is something in them.
  void write(std::vector<DocLine>& body) const;
};

}  // namespace veneer::docs
