#include "docs/page/fence.h"

namespace veneer::docs {

bool FenceState::step(std::string_view line) {
  std::size_t quotes = 0, i = 0;
  while (i < line.size() && (line[i] == ' ' || line[i] == '\t' || (line[i] == '>' && (!open() || quotes < quotes_)))) {
    if (line[i] == '>') ++quotes;
    ++i;
  }
  if (open() && quotes < quotes_) marker_ = 0;  // the quotation ended, and the block with it
  // A fence may open a list item: "- ```py".
  if (!open() && i + 1 < line.size() && (line[i] == '-' || line[i] == '*') && line[i + 1] == ' ') {
    std::size_t j = i + 1;
    while (j < line.size() && line[j] == ' ') ++j;
    if (j < line.size() && (line[j] == '`' || line[j] == '~')) i = j;
  }
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

}  // namespace veneer::docs
