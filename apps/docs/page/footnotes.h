// Footnotes as GitHub has them: "[^name]" in the text, "[^name]: what it says" on lines of its own. Stateless.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "docs/page/include.h"

namespace veneer::docs {

/// Takes the definitions out of the lines, which become empty, and enters them in `prepared.footnotes`. A definition
/// goes on over lines without a blank one, and over indented paragraphs.
void take_footnotes(SourceLines& lines, PreparedText& prepared);

/// The name of the footnote that "[^name]" at text[begin] refers to.
std::optional<std::string_view> footnote_name(std::string_view text, std::size_t begin);

}  // namespace veneer::docs
