// First step of a page (section 2.1 of the specification): what is not Markdown is taken out of the text or put into
// it, and every line remembers where it came from. Stateless.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "docs/page/finding.h"
#include "docs/page/object_docs.h"

namespace veneer::docs {

/// Something that the Markdown parser must not see. In the text it is a mark: kMarkBegin, its number, kMarkEnd.
struct Insert {
  enum class Kind { directive, inline_formula, display_formula, colab, moved, footnote };
  Kind kind = Kind::directive;
  std::string source;   ///< as it was written
  std::string content;  ///< the formula; of a move: the old anchor; of a footnote: its name
  std::string target;   ///< of a move: "page#anchor"
  std::size_t directive = 0;
};

// Noncharacters of Unicode; the text's own are replaced.
inline constexpr std::string_view kMarkBegin = "\uFDD0";
inline constexpr std::string_view kMarkEnd = "\uFDD1";

/// Line `number` of PreparedText::files[file].
struct SourceLine {
  std::uint32_t file = 0;
  std::int32_t number = 0;
};

struct Footnote {
  std::string name;
  std::string text;  ///< Markdown
  SourceLine line;
};

struct PreparedText {
  std::string text;
  std::vector<std::string> files;  ///< [0]: the page's own name
  using Line = SourceLine;
  std::vector<Line> lines;  ///< of each line of `text`
  std::vector<Insert> inserts;
  std::vector<Directive> directives;
  std::vector<Footnote> footnotes;              ///< in the order in which they are referred to
  std::string title, description;               ///< of the front matter; empty: not said
  std::vector<std::filesystem::path> includes;  ///< files that were read
  Findings findings;

  [[nodiscard]] SourcePosition position(std::size_t line_index) const;
};

struct PrepareOptions {
  std::string page;              ///< its path without extension; for directives
  std::filesystem::path folder;  ///< of the page: <include> paths are relative to it. Empty: no includes
  std::filesystem::path root;    ///< includes from outside it are refused
};

/// A whole page: front matter, includes, footnotes, directives, [[open-in-colab]], [[moved: ...]], components on lines
/// of their own, formulas.
PreparedText prepare_page(std::string_view text, const SourcePosition& where, const PrepareOptions& options);

/// A docstring or another piece: footnotes, components and formulas only.
PreparedText prepare_piece(std::string_view text, const SourcePosition& where);

/// `code` of a block marked runnable: without the lines that are for the test only ("# doc-builder: hide").
std::string shown_code(std::string_view code);

}  // namespace veneer::docs
