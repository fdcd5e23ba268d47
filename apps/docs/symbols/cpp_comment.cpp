#include "docs/symbols/cpp_comment.h"

#include <algorithm>
#include <vector>

namespace veneer::docs {
namespace {

std::string_view trim_end(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r");
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

// Drops a marker and one space after it.
std::string_view after_marker(std::string_view line, std::size_t width) {
  line.remove_prefix(std::min(width, line.size()));
  if (line.starts_with('<')) line.remove_prefix(1);
  if (line.starts_with(' ')) line.remove_prefix(1);
  return trim_end(line);
}

int line_of(std::string_view source, std::size_t offset) {
  return 1 + static_cast<int>(std::count(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

std::string_view trim_begin(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

bool is_comment_line(std::string_view line) {
  const std::string_view text = trim_begin(line);
  return (text.starts_with("///") && !text.starts_with("////")) || text.starts_with("//!");
}

}  // namespace

std::string comment_text(std::string_view comment) {
  std::vector<std::string> lines;
  std::vector<std::size_t> bare;  // lines of a block without a star keep their indentation
  bool in_block = false;
  for (std::size_t begin = 0; begin <= comment.size();) {
    const std::size_t end = std::min(comment.find('\n', begin), comment.size());
    std::string_view line = trim_end(comment.substr(begin, end - begin));
    begin = end + 1;
    std::string_view inside = trim_begin(line);
    if (!in_block && (inside.starts_with("///") || inside.starts_with("//!"))) {
      inside = after_marker(inside, 3);
    } else if (!in_block && inside.starts_with("/*")) {
      in_block = inside.find("*/", 2) == std::string_view::npos;
      if (!in_block) inside = inside.substr(0, inside.find("*/", 2));
      inside = after_marker(inside, inside.starts_with("/**") || inside.starts_with("/*!") ? 3 : 2);
    } else if (in_block) {
      if (const std::size_t close = line.find("*/"); close != std::string_view::npos) {
        in_block = false;
        line = line.substr(0, close);
        inside = trim_begin(line);
      }
      if (inside.starts_with('*')) {
        inside = after_marker(inside, 1);
      } else {
        inside = trim_end(line);
        if (!inside.empty()) bare.push_back(lines.size());
      }
    }
    lines.emplace_back(inside);
  }
  std::size_t least = std::string::npos;
  for (const std::size_t i : bare) least = std::min(least, lines[i].find_first_not_of(" \t"));
  for (const std::size_t i : bare) lines[i].erase(0, least);
  std::string out;
  for (const std::string& line : lines) out.append(&line == &lines.front() ? "" : "\n").append(line);
  return out;
}

SourceComment comment_before(std::string_view source, std::size_t offset) {
  const std::size_t line_begin = source.rfind('\n', offset);
  if (line_begin == std::string_view::npos) return {};
  const std::string_view before = trim_end(source.substr(0, line_begin));
  std::size_t begin = before.size();
  if (before.ends_with("*/")) {
    begin = before.rfind("/*");
    const std::string_view mark = before.substr(std::min(begin, before.size())).substr(0, 3);
    if (mark != "/**" && mark != "/*!") return {};
  } else {
    while (begin > 0) {
      const std::size_t start = before.rfind('\n', begin - 1) + 1;
      if (!is_comment_line(before.substr(start, begin - start))) break;
      begin = start == 0 ? 0 : start - 1;
      if (start == 0) break;
    }
    if (begin < before.size() && before[begin] == '\n') ++begin;
    if (begin >= before.size()) return {};
  }
  return {comment_text(before.substr(begin)), line_of(source, begin)};
}

SourceComment comment_behind(std::string_view source, std::size_t offset) {
  const auto marks = [](std::string_view text) {
    return text.starts_with("///<") || text.starts_with("//!<") || text.starts_with("/**<") || text.starts_with("/*!<");
  };
  std::size_t begin = std::min(source.find_first_not_of(" \t", offset), source.size());
  if (!marks(source.substr(begin))) return {};
  std::size_t end = begin;
  if (source[begin + 1] == '*') {
    end = std::min(source.find("*/", begin), source.size() - 2) + 2;
  } else {
    end = std::min(source.find('\n', begin), source.size());
    while (end < source.size()) {
      const std::size_t next = std::min(source.find('\n', end + 1), source.size());
      if (!marks(trim_begin(source.substr(end + 1, next - end - 1)))) break;
      end = next;
    }
  }
  return {comment_text(source.substr(begin, end - begin)), line_of(source, begin)};
}

}  // namespace veneer::docs
