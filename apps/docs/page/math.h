// LaTeX formulas to MathML, at build time. Stateless.
#pragma once

#include <string>
#include <string_view>

namespace veneer::docs {

enum class MathDisplay { within_text, on_its_own };

struct MathResult {
  std::string mathml;   ///< <math>...</math>; with an error: the formula's source as <code>
  std::string problem;  ///< empty, or what is not understood ("unknown command \foo")
};

/// The subset of LaTeX that articles use: letters, numbers, operators, Greek, scripts, \frac, \sqrt, \left...\right,
/// sums and integrals with limits, accents, fonts (\mathbf, \mathcal...), \text, matrix, cases and aligned
/// environments.
MathResult latex_to_mathml(std::string_view formula, MathDisplay display);

}  // namespace veneer::docs
