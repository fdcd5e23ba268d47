// A page rendered as a build does it, beside a few other pages, files and documented objects.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "docs/page/page_text.h"
#include "support/small_site.h"

namespace veneer::docs {

/// Without the line ends between tags, which mean nothing; those in <pre> stay.
inline std::string joined(std::string_view html) {
  std::string out;
  bool in_pre = false;
  for (std::size_t i = 0; i < html.size(); ++i) {
    if (html.substr(i).starts_with("<pre")) in_pre = true;
    if (html.substr(i).starts_with("</pre")) in_pre = false;
    const bool after_tag = out.empty() || out.back() == '>';
    const std::size_t next = std::min(html.find_first_not_of('\n', i), html.size());
    const bool before_tag = next == html.size() || html[next] == '<';
    if (in_pre || html[i] != '\n' || !after_tag || !before_tag) out += html[i];
  }
  return out;
}

struct Rendered {
  std::string html;  ///< joined
  std::string markdown;
  std::vector<std::string> findings;  ///< "line: rule"
  std::vector<OutlineEntry> outline;
  std::vector<PageLink> links;
};

/// The page guide/start, whose file is guide/start.md. It may include files below `root`, if that is given.
inline Rendered rendered(std::string_view markdown, const SiteMap& site = small_site(),
                         const std::filesystem::path& root = {}) {
  const FewObjects objects;
  Page page("guide/start", &objects, &site);
  PrepareOptions options;
  options.page = page.path();
  options.root = root;
  if (!root.empty()) options.folder = root / "docs/guide";
  PageText text = render_page(prepare_page(markdown, {"guide/start.md", 1}, options), page);
  Rendered out{joined(text.html), std::move(text.markdown), {}, page.outline(), page.links()};
  for (const Finding& finding : page.findings())
    out.findings.push_back(std::to_string(finding.where.line) + ": " + finding.rule);
  return out;
}

struct PageCase {
  std::string_view markdown, html;
};

inline void expect_html(const std::vector<PageCase>& cases) {
  for (const PageCase& one : cases) EXPECT_EQ(rendered(one.markdown).html, one.html) << one.markdown;
}

struct FindingCase {
  std::string_view markdown;
  std::vector<std::string> findings;
};

inline void expect_findings(const std::vector<FindingCase>& cases) {
  for (const FindingCase& one : cases) EXPECT_EQ(rendered(one.markdown).findings, one.findings) << one.markdown;
}

}  // namespace veneer::docs
