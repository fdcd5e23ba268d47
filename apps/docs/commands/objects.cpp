#include "docs/commands/objects.h"

#include <fmt/format.h>

#include "docs/autodoc/autodoc.h"

namespace veneer::docs {
namespace fs = std::filesystem;

std::unique_ptr<ObjectDocs> read_objects(const BuildOptions& options, Findings& findings) {
  if (options.source_kind != SourceKind::python || options.source_root.empty()) return nullptr;
  const fs::path folder = options.source_root / options.library;
  if (!fs::exists(folder / "__init__.py")) return nullptr;
  // Files are named from the repository's root, so that findings say where they are; links to sources begin with the
  // wanted folder, as the reference has it.
  const std::string inside = options.source_root.lexically_relative(options.repository).generic_string();
  const bool usual = inside + "/" == options.version_tag_suffix;
  AutodocSources sources;
  sources.python = PythonPackage{options.library, folder, usual ? options.repository : options.source_root};
  sources.source_url = fmt::format("{}/blob/{}/{}", options.repository_url(), options.version_tag,
                                   usual ? std::string() : options.version_tag_suffix);
  return make_object_docs(sources, findings);
}

}  // namespace veneer::docs
