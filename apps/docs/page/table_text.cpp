#include "docs/page/table_text.h"

#include "docs/page/fence.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

// Without the marks of quotations.
std::string_view unquoted(std::string_view line) {
  line = trim(line);
  while (line.starts_with('>')) line = trim(line.substr(1));
  return line;
}

}  // namespace

bool is_table_rule(std::string_view line) {
  line = unquoted(line);
  return line.find('|') != std::string_view::npos && line.find('-') != std::string_view::npos &&
         line.find_first_not_of("|-: \t") == std::string_view::npos;
}

std::size_t count_cells(std::string_view row) {
  row = unquoted(row);
  if (row.starts_with('|')) row.remove_prefix(1);
  std::size_t cells = 1;
  for (std::size_t i = 0; i < row.size();) {
    if (row[i] == '`') {
      i = end_of_code_span(row, i);
      continue;
    }
    if (row[i] == '\\')
      ++i;
    else if (row[i] == '|' && i + 1 < row.size())
      ++cells;
    ++i;
  }
  return cells;
}

std::string with_spaced_addresses(std::string_view row) {
  std::string out;
  bool address = false;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::string_view rest = row.substr(i + 1);
    if (address && row[i] == '|') out += ' ';
    out += row[i];
    address = address && row[i] != '|' && row[i] != ' ';
    if (row[i] != '|' || !(rest.starts_with("http://") || rest.starts_with("https://") || rest.starts_with("www.")))
      continue;
    out += ' ';
    address = true;
  }
  return out;
}

}  // namespace veneer::docs
