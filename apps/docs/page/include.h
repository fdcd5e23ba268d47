// Lines of a page with the place where each came from, and the files that it includes. Internal to page/. Stateless.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "docs/page/prepare.h"

namespace veneer::docs {

struct SourceLines {
  std::vector<std::string_view> text;
  std::vector<PreparedText::Line> origin;  ///< of each
  std::deque<std::string> kept;            ///< lines that stand in no file as they are
};

/// Bytes of white space at the start of a line.
std::size_t indent_of(std::string_view line);

void report(PreparedText& prepared, PreparedText::Line line, std::string_view rule, std::string message,
            std::string suggestion);

/// The lines with <include> and <literalinclude> replaced by what they name. The files read are entered in `prepared`;
/// what cannot be included is a finding there, and is left out.
SourceLines with_includes(const SourceLines& lines, const PrepareOptions& options, PreparedText& prepared);

}  // namespace veneer::docs
