// The few forms of reStructuredText that old docstrings hold, as Markdown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "docs/page/finding.h"
#include "docs/symbols/docstring_text.h"

namespace veneer::docs {

/// :class:`X`, :func:`X` and :meth:`X` become [`X`]; :obj:`x` becomes `x`; :math:`x` becomes \\(x\\); a line
/// "Example::" with an indented block becomes a fence; `text <address>`_ becomes a link. Line for line, but for a
/// fence's own two. Roles and links are findings. Text in fences stays. ``x`` is code in Markdown already.
std::string replace_rst(std::string_view text, const SourcePosition& where, Findings& findings);

/// ".. note::" and the other directives that docstrings hold, with what is indented below them: alerts, fences,
/// formulas, images. Others are findings ("rst-directive"), and stay. Every line keeps its number.
std::vector<DocLine> with_directives(std::vector<DocLine> lines, const std::string& file, Findings& findings);

}  // namespace veneer::docs
