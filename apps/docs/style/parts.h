// The documentation inside source files: docstrings and documenting comments, where they stand. Stateless.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "docs/style/style_file.h"

namespace veneer::docs {

/// [begin, end) of the file is: first_mark, the first line, then for each further line a line end, margin, mark and the
/// line; in the end end_mark. A mark that is not empty has a space between itself and a line that is not empty.
struct DocPart {
  StyledKind kind = StyledKind::python;
  std::size_t begin = 0, end = 0;
  std::size_t previous_end = 0;  ///< where the documentation before it ended
  std::size_t line = 0;          ///< of the file, from 1, of the text's first line
  std::string text;
  std::string first_mark, mark, margin, end_mark;
  std::size_t base_indent = 0, first_used = 0, last_used = 0;  ///< as in WrapOptions
};

/// Strings in three double quotes that stand alone as statements behind a colon or at the file's beginning, and those
/// assigned to a name with DOC in it (EXAMPLE_DOC_STRING). The quotes are outside the parts.
std::vector<DocPart> python_docstrings(std::string_view text);

/// Runs of lines that begin with /// or //!, and /** ... */ with a star before every line. Comments behind code (///<)
/// are left out.
std::vector<DocPart> cpp_comments(std::string_view text);

}  // namespace veneer::docs
