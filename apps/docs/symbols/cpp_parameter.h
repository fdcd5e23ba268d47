// The parameters of a C++ declaration, from its tokens. For cpp_declaration.cpp alone.
#pragma once

#include <string>
#include <vector>

#include "docs/symbols/cpp_tokens.h"
#include "docs/symbols/symbol.h"

namespace veneer::docs {

/// Cut at the commas outside brackets.
std::vector<CppTokens> split_commas(CppTokens tokens);

/// "const T& name = value", "int (*done)(int)", "T (&all)[3]", "int".
Parameter read_parameter(CppTokens tokens);
/// "class T", "typename... Ts", "int N = 3", "template <class> class C", "Small T".
Parameter read_template_parameter(CppTokens tokens);

/// "int size,  ///< how large": the comments behind parameters, as \param commands. `raw` is the declaration with its
/// comments.
std::string parameter_comments(CppTokens raw, const std::vector<Parameter>& parameters);

}  // namespace veneer::docs
