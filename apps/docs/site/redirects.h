// _redirects.yml: addresses that pages once had. Values; one thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "docs/page/finding.h"
#include "docs/page/site_map.h"

namespace veneer::docs {

/// From the path that a page once had to a page of the site, or to an address elsewhere (http, https).
struct Redirect {
  std::string from, to;
  SourcePosition where;
};

/// The redirects of a docs folder, none if it has no _redirects.yml. `name` is the file's name in findings.
std::vector<Redirect> read_redirects(const std::filesystem::path& file, const std::string& name, Findings& findings);

/// Lets links to old paths lead to the pages of `site` that stand for them, also over several redirects. Those that
/// lead nowhere are findings, and are taken out of the list.
void add_redirects(std::vector<Redirect>& redirects, SiteMap& site, Findings& findings);

bool is_web_address(std::string_view address);

}  // namespace veneer::docs
