// The whole site, from the docs folder to the build folder.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "docs/page/finding.h"
#include "docs/page/object_docs.h"
#include "docs/page/page.h"
#include "docs/site/options.h"

namespace veneer::docs {

struct BuildResult {
  Findings findings;                ///< by file and line
  std::size_t pages = 0;            ///< of the site
  std::size_t rendered = 0;         ///< of those, rendered anew
  std::size_t references = 0;       ///< links made of [`X`] and of relative addresses
  std::vector<std::string> failed;  ///< pages that could not be built as they are written
  std::filesystem::path site;       ///< where the result lies
  [[nodiscard]] bool ok(BuildOptions::Strictness strictness) const;
};

/// Makes the documentation of objects when it is first needed. May return null: the pages document no objects.
using ObjectDocsFactory = std::function<std::unique_ptr<ObjectDocs>(const BuildOptions&, Findings&)>;

/// Builds the site that `options` (resolved) describes. Pages are rendered in parallel; those whose sources have not
/// changed since the last build into the same folder are taken over from it.
///
/// What is wrong with sources is a finding, and the page concerned is left out; the other pages are built. The new site
/// is written beside the old one and takes its place only if the build is ok; else it stays in `site`.failed, and the
/// old site stays where it is. Throws Error where nothing can be built: no pages, or a folder that cannot be written.
BuildResult build_site(const BuildOptions& options, const ObjectDocsFactory& make_objects);

/// What is wrong with a code sample, if anything is. Called by many threads at once.
using SampleCheck = std::function<std::optional<Finding>(const CodeSample&)>;

/// Finds what a build would, and what is wrong with code samples and with anchors of the fallback language's pages.
/// Writes nothing.
BuildResult check_site(const BuildOptions& options, const ObjectDocsFactory& make_objects,
                       const SampleCheck& check_sample);

}  // namespace veneer::docs
