// Any bytes as _toctree.yml: no path leads out of the site, every entry has a title and a place, and the sidebar made
// of it is well-formed.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "docs/site/template.h"
#include "docs/site/toctree.h"
#include "support/html_check.h"

namespace {

using namespace veneer::docs;

std::size_t check(const std::vector<TocEntry>& entries) {
  std::size_t count = 0;
  for (const TocEntry& entry : entries) {
    VENEER_CHECK(!entry.title.empty());
    for (const std::string& path : {entry.local, entry.moved_to})
      VENEER_CHECK(!path.starts_with('/') && ("/" + path + "/").find("/../") == std::string::npos);
    count += 1 + check(entry.sections);
  }
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  const Toctree tree = parse_toctree(yaml, "_toctree.yml");
  VENEER_CHECK(check(tree.entries) <= size);
  VENEER_CHECK(tree.pages().size() <= size);
  for (const Finding& finding : tree.findings) VENEER_CHECK(!finding.rule.empty() && finding.where.line >= 0);
  const BuildOptions options;
  Frame frame;
  frame.options = &options;
  frame.toctree = &tree;
  const std::string page = compose_page(frame, {}, compose_main("", {}));
  const std::size_t begin = page.find("<nav id=\"sidebar\""), end = page.find("</nav>", begin);
  const std::string problem = HtmlCheck(std::string_view(page).substr(begin, end + 6 - begin)).problem();
  if (!problem.empty()) veneer::fail(veneer::ErrorCode::internal, "{}", problem);
  return 0;
}
