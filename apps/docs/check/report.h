// What `veneer-docs check` prints. Stateless.
#pragma once

#include <cstddef>
#include <string>

#include "docs/page/finding.h"

namespace veneer::docs {

/// A line for each finding, then "12 pages checked: 3 findings (1 broken-link, 2 missing-alt)".
std::string text_report(const Findings& findings, std::size_t pages);

/// One JSON document:
///   {"pages": 12, "counts": {"broken-link": 1, ...},
///    "findings": [{"file", "line", "severity": "warning" or "error", "rule", "message", "suggestion"}, ...]}
std::string json_report(const Findings& findings, std::size_t pages);

}  // namespace veneer::docs
