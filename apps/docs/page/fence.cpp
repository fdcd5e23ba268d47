#include "docs/page/fence.h"

#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

// Of "- " or "1. ", with which a list item begins: it may begin with a fence. 0 if there is none.
std::size_t bullet_length(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && is_digit(static_cast<unsigned char>(text[i]))) ++i;
  const std::string_view signs = i == 0 ? "-*+" : ".)";
  if (i + 1 >= text.size() || signs.find(text[i]) == std::string_view::npos || text[i + 1] != ' ') return 0;
  return i + 2;
}

}  // namespace

bool FenceState::step(std::string_view line) {
  std::size_t quotes = 0, i = 0;
  for (; i < line.size(); ++i) {
    if (line[i] == '>' && (!open() || quotes < quotes_)) {
      ++quotes;
    } else if (line[i] != ' ' && line[i] != '\t') {
      const std::size_t bullet = open() ? 0 : bullet_length(line.substr(i));
      if (bullet == 0) break;
      i += bullet - 1;
    }
  }
  if (open() && quotes < quotes_) marker_ = 0;  // the quotation ended, and the block with it
  const char c = i < line.size() ? line[i] : '\0';
  if (c != '`' && c != '~') return false;
  std::size_t run = i;
  while (run < line.size() && line[run] == c) ++run;
  const std::size_t length = run - i;
  if (open()) {
    if (c != marker_ || length < length_ || line.find_first_not_of(" \t\r", run) != std::string_view::npos)
      return false;
    marker_ = 0;
    return true;
  }
  if (length < 3 || (c == '`' && line.find('`', run) != std::string_view::npos)) return false;
  marker_ = c;
  length_ = length;
  quotes_ = quotes;
  return true;
}

bool opens_runnable_fence(std::string_view line) {
  const std::size_t info = line.find_first_not_of("`~ \t", line.find_first_of("`~"));
  if (info == std::string_view::npos || line.find(" runnable:", info) == std::string_view::npos) return false;
  const std::string_view language = line.substr(info, line.find(' ', info) - info);
  return language == "py" || language == "python";
}

std::size_t end_of_code_span(std::string_view text, std::size_t begin) {
  std::size_t run = begin;
  while (run < text.size() && text[run] == '`') ++run;
  const std::size_t ticks = run - begin;
  for (std::size_t i = run; i < text.size();) {
    if (text[i] != '`') {
      ++i;
      continue;
    }
    const std::size_t start = i;
    while (i < text.size() && text[i] == '`') ++i;
    if (i - start == ticks) return i;
  }
  return run;
}

std::size_t find_outside_code(std::string_view text, std::string_view wanted) {
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '`')
      i = end_of_code_span(text, i);
    else if (text.substr(i).starts_with(wanted))
      return i;
    else
      ++i;
  }
  return std::string_view::npos;
}

}  // namespace veneer::docs
