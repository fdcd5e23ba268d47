// Where the documentation of objects comes from.
#pragma once

#include <memory>

#include "docs/page/object_docs.h"
#include "docs/site/options.h"
#include "docs/symbols/python.h"

namespace veneer::docs {

/// Reads the library's sources as options.source_kind says; null if there are none to read.
std::unique_ptr<ObjectDocs> read_objects(const BuildOptions& options, Findings& findings);

/// The same, for builds that follow each other (preview): sources that have not changed are not parsed again.
std::unique_ptr<ObjectDocs> read_objects_again(const BuildOptions& options, Findings& findings,
                                               PythonModuleCache& cache);

}  // namespace veneer::docs
