// Whether a Python docstring says what the signature says, as the reference's own rules ask. Stateless.
#pragma once

#include "docs/page/finding.h"
#include "docs/symbols/symbol.h"

namespace veneer::docs {

/// Adds a warning for each of: a first paragraph that is no sentence (no-sentence), a described parameter that the
/// signature lacks (unknown-parameter) and the other way round (undescribed-parameter), another default than the
/// signature's (wrong-default), "defaults to `None`" (needless-default), a default without *optional*
/// (missing-optional).
void review_docstrings(const Symbol& symbol, Findings& findings);

}  // namespace veneer::docs
