// "Did you mean": the candidates whose spelling is nearest to a name that was not found.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace veneer {

/// Up to `count` of the candidates, nearest first by edit distance; those that differ in more than a third of their
/// letters are left out.
std::vector<std::string> nearest_names(std::string_view name, const std::vector<std::string>& candidates,
                                       std::size_t count = 3);

}  // namespace veneer
