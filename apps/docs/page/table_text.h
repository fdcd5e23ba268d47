// Rows of Markdown's tables, as text. Stateless.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace veneer::docs {

/// "|---|:-:|", also in a quotation.
bool is_table_rule(std::string_view line);

/// Cells of a row, as md4c counts them: bars in code and escaped ones divide nothing.
std::size_t count_cells(std::string_view row);

/// An address is a link only between spaces: "|https://a.b|" gets them.
std::string with_spaced_addresses(std::string_view row);

}  // namespace veneer::docs
