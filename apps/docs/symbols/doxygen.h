// Doxygen's commands in documentation comments, written as the Markdown and the sections of docstring.h.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "docs/page/finding.h"

namespace veneer::docs {

/// What names mean where a comment stands.
struct DoxygenNames {
  /// The name by which [`...`] finds what is meant: "close" -> "pipes::Pipe::close"; empty if nothing is.
  std::function<std::string(std::string_view name)> reference;
  /// The text of another thing's comment, for \copydoc.
  std::function<std::optional<std::string>(std::string_view name)> comment;
};

struct DoxygenText {
  std::string text;
  std::vector<int> lines;  ///< where each of its lines stands in the source
  Findings findings;
};

/// \param, \tparam, \return, \retval, \throws become the sections Args, Returns and Raises at the end; \note, \warning
/// and \deprecated alerts; \see, \since, \pre and their like paragraphs with a title; \code ... \endcode and indented
/// blocks fences; \f$ and \f[ formulas; \c, \e, \b and \ref words. A command starts with '\' or '@' and counts outside
/// code alone. An unknown one is a finding and stays as it is written.
DoxygenText replace_doxygen(std::string_view comment, const SourcePosition& where, const DoxygenNames& names);

/// Whether a comment documents something else than the declaration behind it: a file, a group, a page.
bool is_of_another_thing(std::string_view comment);

}  // namespace veneer::docs
