#include "docs/highlight/highlight.h"

#include "docs/text/escape.h"

namespace veneer::docs {

std::string highlight(std::string_view code, std::string_view /*language*/) {
  std::string html;
  html.reserve(code.size() + code.size() / 8);
  while (!code.empty()) {
    const std::size_t end = code.find('\n');
    std::string_view line = code.substr(0, end == std::string_view::npos ? end : end + 1);
    code.remove_prefix(line.size());
    if (line.starts_with(">>> ") || line.starts_with("... ")) {
      html += "<span class=\"gp\">";
      append_escaped(html, line.substr(0, 4));
      html += "</span>";
      line.remove_prefix(4);
    }
    append_escaped(html, line);
  }
  return html;
}

}  // namespace veneer::docs
