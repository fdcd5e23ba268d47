// Any text as a docstring, as a C++ comment and as a Python file: nothing crashes or hangs, and what comes out keeps
// what was promised of it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/check.h"
#include "docs/symbols/cpp_comment.h"
#include "docs/symbols/docstring.h"
#include "docs/symbols/doxygen.h"
#include "docs/symbols/python_module.h"
#include "docs/symbols/python_outline.h"

namespace {

using namespace veneer::docs;

void check_docstring(std::string_view text) {
  const Docstring doc = parse_docstring(text, {"a.py", 1});
  int examples = 0;
  for (const DocBlock& block : doc.body) {
    VENEER_CHECK(!block.markdown.empty() && block.line >= 1);
    if (block.example > 0) VENEER_CHECK_EQ(block.example, ++examples);
  }
  for (const DocGroup& group : doc.parameters)
    for (const DocEntry& entry : group.entries)
      VENEER_CHECK(entry.line >= 1 && entry.name.find('\n') == std::string::npos);
  for (const Finding& finding : doc.findings) VENEER_CHECK(!finding.rule.empty() && finding.where.line >= 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_docstring(text);
  const DoxygenNames names{[](std::string_view name) { return std::string(name); },
                           [](std::string_view) { return std::optional<std::string>(); }};
  const DoxygenText comment = replace_doxygen(comment_text(text), {"a.h", 1}, names);
  for (const Finding& finding : comment.findings) VENEER_CHECK(!finding.rule.empty() && finding.where.line >= 1);
  check_docstring(comment.text);
  const std::string outline = outline_python(text);
  VENEER_CHECK(std::ranges::count(outline, '\n') <= std::ranges::count(text, '\n'));
  const PythonModule module = read_python_module(text, "a.b", false, "a/b.py");
  for (const Symbol& symbol : module.symbols) VENEER_CHECK(symbol.line >= 1 && symbol.end_line >= symbol.line);
  static_cast<void>(python_string_value(text));
  return 0;
}
