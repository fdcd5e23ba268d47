// The lists beside the pages: llms.txt, sitemap.xml, versions. Stateless.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "docs/site/options.h"

namespace veneer::docs {

struct FeedPage {
  std::string path;
  std::string title;
  std::string_view markdown;
};

/// Where the site will stand: options.site_url, else the address it would have on GitHub's pages; empty
/// without a repository: then pages are named relative to the site.
std::string site_address(const BuildOptions& options);

std::string write_llms(const BuildOptions& options, const std::vector<FeedPage>& pages);
std::string write_llms_full(const BuildOptions& options, const std::vector<FeedPage>& pages);
std::string write_sitemap(const BuildOptions& options, const std::vector<FeedPage>& pages);

/// BUILD/LIB/_versions.yml, if there is one, with `version` in its place (descending, the default branch first); and
/// the scripts from which pages learn which versions and languages stand beside them. Throws Error corrupt_file if the
/// file's first entry is not the default branch.
void update_versions(const BuildOptions& options);

}  // namespace veneer::docs
