// What veneer-docs has to say about a source: where, how bad, and what to write instead. A value.
#pragma once

#include <array>
#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace veneer::docs {

/// A line of a source file. `file` is relative to the root of the checkout, if it lies in it.
struct SourcePosition {
  std::string file;
  int line = 0;  ///< from 1; 0: the file as a whole
  auto operator<=>(const SourcePosition&) const = default;
};

/// Every rule, sorted. A warning's can be switched off in veneer-docs.yml.
inline constexpr auto kRules = std::to_array<std::string_view>({"bad-formula",
                                                                "bad-front-matter",
                                                                "bad-include",
                                                                "bad-move",
                                                                "bad-redirects",
                                                                "bad-sample",
                                                                "bad-table",
                                                                "bad-toctree",
                                                                "bare-assert",
                                                                "broken-anchor",
                                                                "broken-link",
                                                                "cpp-macro",
                                                                "cpp-syntax",
                                                                "diagram",
                                                                "doxygen-command",
                                                                "dropped-html",
                                                                "duplicate-id",
                                                                "empty-section",
                                                                "failed-build",
                                                                "failed-page",
                                                                "fence-lines",
                                                                "large-image",
                                                                "missing-alt",
                                                                "missing-example",
                                                                "missing-image",
                                                                "missing-inventory",
                                                                "missing-optional",
                                                                "missing-page",
                                                                "missing-title",
                                                                "missing-toctree",
                                                                "needless-default",
                                                                "no-sentence",
                                                                "not-utf8",
                                                                "outside-link",
                                                                "python-syntax",
                                                                "refused-address",
                                                                "repeated-object",
                                                                "repeated-page",
                                                                "repeated-section",
                                                                "rst-directive",
                                                                "rst-link",
                                                                "rst-role",
                                                                "skipped-level",
                                                                "two-sources",
                                                                "unclosed-component",
                                                                "unclosed-fence",
                                                                "unclosed-html",
                                                                "undescribed-parameter",
                                                                "undocumented-reference",
                                                                "unknown-alert",
                                                                "unknown-footnote",
                                                                "unknown-language",
                                                                "unknown-object",
                                                                "unknown-parameter",
                                                                "unknown-reference",
                                                                "unlinked-package",
                                                                "unlisted-page",
                                                                "unreadable-page",
                                                                "unreadable-source",
                                                                "unused-footnote",
                                                                "wrong-default"});

enum class Severity {
  warning,  ///< the page is built; --strict makes it an error
  error,    ///< the page (or toctree) cannot be built as written; the command's exit status is 1
};

struct Finding {
  SourcePosition where;
  Severity severity = Severity::warning;
  std::string rule;        ///< a stable short name: "unknown-reference", "missing-page", "duplicate-id"...
  std::string message;     ///< one sentence without a full stop, naming the thing
  std::string suggestion;  ///< what to write instead ("did you mean `DDIMScheduler`?"), or empty
};

using Findings = std::vector<Finding>;

std::string_view to_string(Severity severity);

Finding finding_at(SourcePosition where, Severity severity, std::string_view rule, std::string message,
                   std::string suggestion = {});

/// "docs/page.md:12: warning: message [rule]; suggestion"
std::string to_string(const Finding& finding);

}  // namespace veneer::docs
