// Docstrings in other styles than Google's, as that. For docstring.cpp. Stateless.
#pragma once

#include <string>
#include <vector>

#include "docs/page/finding.h"
#include "docs/symbols/docstring_text.h"

namespace veneer::docs {

/// Rewritten, outside fences; every line keeps the number of the one that it comes from:
///   .. note:: and its kin           alerts;  .. code-block:: python  fences;  .. math::, .. image::, .. deprecated::
///   :param x: :type x: :returns:    Args:, Returns:, Raises:
///   Parameters with ---- below      NumPy's sections: Args:, Returns:, Raises:, ...
///   >>> without a fence             a fence
/// A directive that is none of these is a finding, and stays.
std::vector<DocLine> in_google_style(std::vector<DocLine> lines, const std::string& file, Findings& findings);

}  // namespace veneer::docs
