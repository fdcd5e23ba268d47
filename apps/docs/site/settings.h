// veneer-docs.yml: what a docs folder says of itself. Stateless.
#pragma once

#include <filesystem>

#include "docs/site/options.h"

namespace veneer::docs {

/// What `options` has already, from the command line or a nearer file, stays.
/// Throws Error corrupt_file, with the line and what was expected, for a file that is no YAML, a key that is no setting
/// and a value that is of the wrong kind.
void read_settings(const std::filesystem::path& file, BuildOptions& options);

}  // namespace veneer::docs
