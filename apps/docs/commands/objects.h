// Where the documentation of objects comes from.
#pragma once

#include <memory>

#include "docs/page/object_docs.h"
#include "docs/site/options.h"

namespace veneer::docs {

/// Reads the library's sources as options.source_kind says; null if there are none to read.
std::unique_ptr<ObjectDocs> read_objects(const BuildOptions& options, Findings& findings);

}  // namespace veneer::docs
