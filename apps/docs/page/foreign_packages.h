// Python packages that other people document: their names are known not to be this library's. A table; stateless.
#pragma once

#include <string>
#include <string_view>

namespace veneer::docs {

struct ForeignPackage {
  std::string_view name;
  std::string_view documentation;  ///< where its objects.inv and its pages are, with a slash at the end
};

/// By the first component of a dotted name ("torch" of "torch.Tensor"); "np" and the like are what they stand for.
/// nullptr: not in the table.
const ForeignPackage* foreign_package(std::string_view name);

/// "np.ndarray" -> "numpy.ndarray"; other names as they are.
std::string unabbreviated(std::string_view name);

}  // namespace veneer::docs
