#include "docs/symbols/doxygen_sections.h"

#include <algorithm>

namespace veneer::docs {
namespace {

// An item's lines behind `begin`, those after the first one indented by `indent` and as they were among themselves.
void write_lines(const DoxygenItem& item, const std::string& begin, const std::string& indent,
                 std::vector<DocLine>& body) {
  std::size_t least = std::string::npos;
  for (std::size_t i = 1; i < item.lines.size(); ++i)
    if (!item.lines[i].is_blank()) least = std::min(least, item.lines[i].indent());
  body.push_back({begin + std::string(item.lines.front().trimmed()), item.lines.front().number});
  for (std::size_t i = 1; i < item.lines.size(); ++i) {
    const DocLine& line = item.lines[i];
    body.push_back({line.is_blank() ? "" : indent + line.text.substr(least), line.number});
  }
}

void write_entries(const std::vector<DoxygenItem>& items, std::vector<DocLine>& body) {
  for (const DoxygenItem& item : items)
    write_lines(item, "    " + item.head + (item.lines.front().is_blank() ? ":" : ": "), "        ", body);
}

void open_section(const std::string& title, const std::vector<DoxygenItem>& items, std::vector<DocLine>& body) {
  body.push_back({"", items.front().lines.front().number});
  body.push_back({title, items.front().lines.front().number});
}

}  // namespace

void DoxygenSections::write(std::vector<DocLine>& body) const {
  if (!parameters.empty() || !template_parameters.empty()) {
    open_section("Args:", parameters.empty() ? template_parameters : parameters, body);
    write_entries(parameters, body);
    if (!template_parameters.empty())
      body.push_back({"    > Template parameters", template_parameters.front().lines.front().number});
    write_entries(template_parameters, body);
  }
  if (!returns.empty() || !return_values.empty()) {
    open_section("Returns:", returns.empty() ? return_values : returns, body);
    // The colon before the text says that it names no type.
    for (const DoxygenItem& item : returns)
      write_lines(item, &item == &returns.front() ? "    : " : "    ", "    ", body);
    const int number = return_values.empty() ? 0 : return_values.front().lines.front().number;
    if (returns.empty()) body.push_back({"    : One of:", number});
    if (!return_values.empty()) body.push_back({"", number});
    for (const DoxygenItem& item : return_values)
      write_lines(item, "    - `" + item.head + (item.lines.front().is_blank() ? "`" : "`: "), "      ", body);
  }
  if (raises.empty()) return;
  open_section("Raises:", raises, body);
  write_entries(raises, body);
}

}  // namespace veneer::docs
