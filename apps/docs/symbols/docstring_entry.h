// Entries of a docstring's sections: "name (`type`, *optional*): text". For docstring.cpp. Stateless.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "docs/symbols/docstring.h"
#include "docs/symbols/docstring_text.h"

namespace veneer::docs {

std::string_view trimmed(std::string_view text);

/// The colon that ends an entry's head: the first one outside brackets and code; where those do not close, the first of
/// all. npos: there is none.
std::size_t head_end(std::string_view text);

/// "name (...): text" and "name: text", as opposed to a sentence.
bool looks_like_entry(const DocLine& line);

/// An entry's first line and what is indented below it.
DocEntry make_entry(const std::vector<DocLine>& lines);

}  // namespace veneer::docs
