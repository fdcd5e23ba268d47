#include "docs/symbols/docstring_text.h"

#include <algorithm>
#include <limits>

namespace veneer::docs {
namespace {

// Width of a list marker with the space after it ("- ", "12. "), or 0.
std::size_t marker_width(std::string_view line) {
  std::size_t width = 0;
  if (line.starts_with('-') || line.starts_with('*') || line.starts_with('+')) {
    width = 1;
  } else {
    while (width < line.size() && line[width] >= '0' && line[width] <= '9') ++width;
    if (width == 0 || width > 9 || width == line.size() || line[width] != '.') return 0;
    ++width;
  }
  return width < line.size() && line[width] == ' ' ? width + 1 : 0;
}

struct ListLevel {
  std::size_t marker;   // indentation of its marker in the source
  std::size_t content;  // indentation of its content in the result
};

}  // namespace

std::size_t DocLine::indent() const {
  return std::min(text.find_first_not_of(" \t\r"), text.size());
}

std::string_view DocLine::trimmed() const {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return {};
  return std::string_view(text).substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::vector<DocLine> split_lines(std::string_view text, int first_number) {
  std::vector<DocLine> lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back({std::string(text.substr(begin, end - begin)), first_number++});
    begin = end + 1;
  }
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (std::size_t i = 1; i < lines.size(); ++i)
    if (!lines[i].is_blank()) least = std::min(least, lines[i].indent());
  const std::string_view first = lines.front().trimmed();
  if (least != std::numeric_limits<std::size_t>::max() && !first.empty() && !first.ends_with(':') &&
      lines.front().indent() == 0)
    lines.front().text.insert(0, least, ' ');
  return lines;
}

std::size_t fence_width(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos || (line[begin] != '`' && line[begin] != '~')) return 0;
  const std::size_t end = std::min(line.find_first_not_of(line[begin], begin), line.size());
  // An inline code span may open a line with three backticks too: then it closes there.
  if (line[begin] == '`' && line.find('`', end) != std::string_view::npos) return 0;
  return end - begin >= 3 ? end - begin : 0;
}

bool FenceTracker::inside(const DocLine& line) {
  const std::size_t width = fence_width(line.text);
  const std::string_view trimmed = line.trimmed();
  if (width_ == 0) {
    if (width == 0) return false;
    width_ = width;
    mark_ = trimmed.front();
    opened_at_ = line.number;
  } else if (width >= width_ && trimmed.front() == mark_ && trimmed.size() == width) {
    width_ = 0;
  }
  return true;
}

std::vector<DocLine> dedent(const std::vector<DocLine>& lines) {
  std::vector<DocLine> out;
  out.reserve(lines.size());
  std::vector<ListLevel> levels;
  FenceTracker fence;
  std::size_t fence_indent = 0, fence_shift = 0;
  for (const DocLine& line : lines) {
    const bool was_open = fence.is_open();
    const bool is_code = fence.inside(line);
    if (was_open) {
      const std::string_view code = std::string_view(line.text).substr(std::min(fence_indent, line.indent()));
      out.push_back({line.is_blank() ? "" : std::string(fence_shift, ' ').append(code), line.number});
      continue;
    }
    if (line.is_blank()) {
      out.push_back({"", line.number});
      continue;
    }
    const std::size_t indent = line.indent(), marker = is_code ? 0 : marker_width(line.trimmed());
    while (!levels.empty() && levels.back().marker >= indent) levels.pop_back();
    const std::size_t shift = levels.empty() ? 0 : levels.back().content;
    out.push_back({std::string(shift, ' ').append(line.text, indent), line.number});
    if (marker > 0) levels.push_back({indent, shift + marker});
    if (is_code) {
      fence_indent = indent;
      fence_shift = shift;
    }
  }
  return out;
}

int first_line(const std::vector<DocLine>& lines) {
  const auto first = std::ranges::find_if_not(lines, &DocLine::is_blank);
  return first == lines.end() ? lines.front().number : first->number;
}

std::string join_lines(const std::vector<DocLine>& lines) {
  std::size_t begin = 0, end = lines.size();
  while (begin < end && lines[begin].is_blank()) ++begin;
  while (end > begin && lines[end - 1].is_blank()) --end;
  std::string text;
  for (std::size_t i = begin; i < end; ++i) {
    if (i > begin) text += '\n';
    text += lines[i].text;
  }
  return text;
}

}  // namespace veneer::docs
