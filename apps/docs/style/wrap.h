// Documentation text as sources hold it (docstrings, comments), its paragraphs filled to a line length. Stateless.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace veneer::docs {

struct WrapOptions {
  std::size_t width = 119;      ///< characters of a line, its indentation included
  std::size_t first_used = 0;   ///< characters that stand before the text on its first line (`    """`)
  std::size_t base_indent = 0;  ///< indentation of the text as a whole; what a paragraph of the first line goes on with
  std::size_t last_used = 0;    ///< characters that stand after the text on its last line (`"""`)
};

/// Formats the code of the fence that begins in a line of the text (from 1). Lines end with '\n'.
using FormatCode =
    std::function<std::string(std::string_view code, std::string_view language, std::size_t width, std::size_t line)>;

struct UnclosedFence : Error {
  std::size_t line;  ///< of the text, from 1
  explicit UnclosedFence(std::size_t at) : Error(ErrorCode::corrupt_file, "a code fence is never closed"), line(at) {}
};

/// Fills paragraphs; what a line break means something for stays as it is: lists (filled with a hanging indentation),
/// parameters (a head on its own line if the whole does not fit), headings, tables, quotations, HTML, formulas,
/// doctest sessions, blocks after "::", Doxygen commands, hard line breaks. Fenced code goes through `format`.
/// A blank line is put before "Args:" and its like, and those after it are dropped; <Tip> stands between blank lines.
/// No line break is put where the word behind it would begin something of its own, so that
/// wrap(wrap(text)) == wrap(text) (as long as `format` is of that kind). The words of the text never change.
///
/// Throws UnclosedFence.
std::string wrap_text(std::string_view text, const WrapOptions& options, const FormatCode& format);

/// Characters, not bytes.
std::size_t width_of(std::string_view text);

}  // namespace veneer::docs
