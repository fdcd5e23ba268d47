// One file in the documentation's style. Stateless.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "docs/page/finding.h"
#include "docs/style/code_format.h"

namespace veneer::docs {

enum class StyledKind {
  python,    ///< docstrings are filled, their code samples formatted
  cpp,       ///< the same for comments that begin with /// or /**
  markdown,  ///< code samples are formatted; prose stays
};
std::optional<StyledKind> styled_kind(const std::filesystem::path& file);

struct StyleOptions {
  std::size_t max_len = 119;
  std::optional<Formatter> python, cpp;  ///< without one, samples of the language stay as they are
  AvoidPatterns avoid;
};

struct StyledText {
  std::string text;
  Findings
      findings;  ///< errors: fences never closed, samples that a formatter refuses. What they concern stays as it is.
};

/// "docstyle-ignore" in the text before a docstring, comment or fence, behind the one before it, leaves it as it is.
/// Lines end with LF. Styling the result again changes nothing.
StyledText style_text(StyledKind kind, std::string_view text, const std::string& file, const StyleOptions& options);

}  // namespace veneer::docs
