// Cuts a Python file down to what documentation needs, before it is parsed: function bodies go, docstrings stay.
// Parsing what is left is three to four times faster than parsing the file.
#pragma once

#include <string>
#include <string_view>

namespace veneer::docs {

/// The same text with the body of each function emptied but for its docstring, and without comments but for `#:`; every
/// remaining line keeps its number and indentation. Works on text that is not valid Python too: then less may be cut,
/// never more lines than there are.
std::string outline_python(std::string_view text);

}  // namespace veneer::docs
