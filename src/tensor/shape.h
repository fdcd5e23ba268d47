// Extents of a tensor, outermost first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace veneer {

using Shape = std::vector<std::int64_t>;

/// Product of the extents; 1 for a scalar's empty shape.
std::int64_t element_count(const Shape& shape);

/// "[2,77,768]"
std::string to_string(const Shape& shape);

}  // namespace veneer
