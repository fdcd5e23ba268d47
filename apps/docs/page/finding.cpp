#include "docs/page/finding.h"

#include <fmt/format.h>

namespace veneer::docs {

std::string_view to_string(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

Finding finding_at(SourcePosition where, Severity severity, std::string_view rule, std::string message,
                   std::string suggestion) {
  Finding finding;
  finding.where = std::move(where);
  finding.severity = severity;
  finding.rule = rule;
  finding.message = std::move(message);
  finding.suggestion = std::move(suggestion);
  return finding;
}

std::string to_string(const Finding& finding) {
  std::string place = finding.where.file;
  if (finding.where.line > 0) place += fmt::format(":{}", finding.where.line);
  std::string text = fmt::format("{}: {}: {} [{}]", place, to_string(finding.severity), finding.message, finding.rule);
  if (!finding.suggestion.empty()) text += "; " + finding.suggestion;
  return text;
}

}  // namespace veneer::docs
