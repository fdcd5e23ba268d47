// The grammar of docstrings and documentation comments (Google style, Markdown), one for every language.
//
//   Args: / Parameters: / Attributes:   entries "name (`type`, *optional*): text"; "> Title" opens a group
//   Returns: / Yields:                  "type: text", or text alone
//   Returns: with several entries       "name (`type`): text" each
//   Raises: / Warns: / See Also:        "`Error`: text"
//   Note: / Warning: / Tip: ...         an alert
//   everything else                     Markdown; each of its fences, with the line "...:" before it, is an example
//
// A header counts only when it is alone on its line and outside a fence. What NumPy's and reStructuredText's docstrings
// write otherwise is read as this (docstring_forms.h). Values; nothing here is shared.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "docs/page/finding.h"

namespace veneer::docs {

struct DocEntry {
  std::string name{};  ///< "prompt", "*args", "width, height"
  std::string head{};  ///< Markdown after the name and before the colon: "(`str`, *optional*)"
  std::string text{};  ///< Markdown
  int line = 0;
  int text_line = 0;  ///< where the text begins
};

struct DocGroup {
  std::string title{};      ///< empty: the entries before any "> Title"
  bool attributes = false;  ///< what an object has, not what a call takes
  int line = 0;
  std::vector<DocEntry> entries{};
};

/// Returns or Yields. One of the two may be empty.
struct DocResult {
  std::string type{};  ///< Markdown
  std::string text{};
  int line = 0;
  int text_line = 0;
  std::vector<DocEntry> values{};  ///< several values; then type and text are empty
};

struct DocRaise {
  std::string type{};  ///< without backticks: "ValueError"
  std::string text{};
  int line = 0;
  int text_line = 0;
};

struct DocBlock {
  std::string markdown{};
  int line = 0;
  int example = 0;  ///< 1, 2, ...: an example, anchored OBJ.example, OBJ.example-2, ...; 0: prose
};

struct Docstring {
  std::vector<DocBlock> body;
  std::vector<DocGroup> parameters;
  std::optional<DocResult> returns;
  std::optional<DocResult> yields;
  std::vector<DocRaise> raises, warns, see_also;
  Findings findings;

  [[nodiscard]] bool has_parameters() const { return !parameters.empty(); }
};

/// `where`: the docstring's first line. Never throws: what is wrong is a finding, and the rest is read.
Docstring parse_docstring(std::string_view text, const SourcePosition& where);

}  // namespace veneer::docs
