// How a documented thing is declared, as text and as HTML.
#pragma once

#include <string>

#include "docs/symbols/symbol.h"

namespace veneer::docs {

/// Python: "run(prompt: str = None, *args) -> Image", "class Colour(str, Enum)", "LIMIT: int = 3"; C++: "template
/// <class T>\nT max(T a, T b)". Empty for what has no signature (modules, variables without a type and a value).
/// `name`: by which a Python thing is known here; C++ has its own.
std::string signature_text(const Symbol& symbol, const std::string& name);

/// The same as the inside of a <code>: parameters in <span class="sig-param">, those that `anchor` documents (see
/// `documented`) as links to their descriptions. Long signatures have a parameter a line. Empty for what says no more
/// than the heading: "struct Tensor".
std::string signature_html(const Symbol& symbol, const std::string& name, const std::string& anchor,
                           const std::vector<std::string>& documented);

/// What a reader calls it: "class", "function", "classmethod"...
std::string_view kind_name(const Symbol& symbol);

}  // namespace veneer::docs
