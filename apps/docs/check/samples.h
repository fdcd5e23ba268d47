// Whether code samples can be what their fences say: Python, JSON and YAML are parsed, never run. Stateless and
// thread-safe.
#pragma once

#include <optional>

#include "docs/page/page.h"

namespace veneer::docs {

/// What is wrong with a sample ("bad-sample"), or nothing: it parses, or its language is none of the three.
std::optional<Finding> check_sample(const CodeSample& sample);

}  // namespace veneer::docs
