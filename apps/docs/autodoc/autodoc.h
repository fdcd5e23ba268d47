// The documentation of a library from its sources: ObjectDocs over a SymbolIndex.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "docs/page/object_docs.h"
#include "docs/symbols/cpp.h"
#include "docs/symbols/python.h"

namespace veneer::docs {

struct AutodocSources {
  std::optional<PythonPackage> python;
  std::optional<CppLibrary> cpp;
  std::string source_url;  ///< begins source links: "https://github.com/OWNER/REPO/blob/TAG/"; empty: no links
};

/// Reads the sources, in parallel; what `cache` knows (it may be null) is not parsed again. Findings about the sources
/// themselves are added to `findings`. Throws Error not_found: a folder that is not there.
std::unique_ptr<ObjectDocs> make_object_docs(const AutodocSources& sources, Findings& findings,
                                             PythonModuleCache* cache = nullptr);

}  // namespace veneer::docs
