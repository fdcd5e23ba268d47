// The first byte chooses the language, the others are code: the text of the HTML must be the code.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "docs/highlight/highlight.h"
#include "docs/text/escape.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<std::string_view, 16> kNames{"python", "cpp",   "bash",       "diff", "json", "yaml",
                                                    "toml",   "cmake", "javascript", "css",  "html", "markdown",
                                                    "rust",   "sql",   "docker",     ""};
  if (size == 0) return 0;
  const std::string_view code(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string html = veneer::docs::highlight(code, kNames[data[0] % kNames.size()]);
  std::string text;
  for (std::size_t i = 0; i < html.size(); ++i) {
    if (html[i] == '<')
      i = html.find('>', i);
    else
      text += html[i];
  }
  if (veneer::docs::unescape_html(text) != code) std::abort();
  return 0;
}
