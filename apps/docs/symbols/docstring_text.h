// Lines of a docstring, and their indentation made regular. For docstring.cpp and the C++ comments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace veneer::docs {

/// A line and where it stands in its file.
struct DocLine {
  std::string text;
  int number = 0;

  [[nodiscard]] bool is_blank() const { return text.find_first_not_of(" \t") == std::string::npos; }
  /// Bytes of white space at its start.
  [[nodiscard]] std::size_t indent() const;
  /// Without the white space around it.
  [[nodiscard]] std::string_view trimmed() const;
};

/// Splits at line ends; the first line has `first_number`. The first line of a Python docstring stands after the
/// quotes: it takes the indentation of the least indented line after it, unless it announces what follows ("Args:").
std::vector<DocLine> split_lines(std::string_view text, int first_number);

/// "```" or "~~~" at the line's start, white space aside: the run's length, or 0.
std::size_t fence_width(std::string_view line);

/// Follows fences line by line: inside a fence nothing is grammar.
class FenceTracker {
 public:
  /// True for the lines of a fence, its first and last ones included.
  bool inside(const DocLine& line);
  [[nodiscard]] bool is_open() const { return width_ > 0; }
  [[nodiscard]] int opened_at() const { return opened_at_; }

 private:
  std::size_t width_ = 0;
  char mark_ = 0;
  int opened_at_ = 0;
};

/// The lines as Markdown: text loses its indentation, list items keep their nesting (as deep as their parent's
/// content), what belongs to an item stands at the item's content, fences keep the shape of their code.
std::vector<DocLine> dedent(const std::vector<DocLine>& lines);

/// Joined with '\n', without the blank lines at both ends.
std::string join_lines(const std::vector<DocLine>& lines);
/// The number of the line that joined text begins with; there is at least one line.
int first_line(const std::vector<DocLine>& lines);

}  // namespace veneer::docs
