#include "docs/commands/objects.h"

#include "docs/autodoc/autodoc.h"
#include "docs/site/repository.h"

namespace veneer::docs {
namespace fs = std::filesystem;

namespace {

// What links to sources begin with; empty without a repository.
std::string source_url(const BuildOptions& options) {
  return reading_address(options.repository_url(), options.version_tag);
}

// The headers below the source root, which is what they include each other from. Other flags stand in a
// compile_flags.txt, as for Clang's own tools.
std::unique_ptr<ObjectDocs> read_cpp(const BuildOptions& options, Findings& findings) {
  const fs::path& root = options.source_root;
  if (root.empty()) return nullptr;
  AutodocSources sources;
  const bool is_inside = !root.lexically_relative(options.repository).generic_string().starts_with("..");
  sources.cpp = CppLibrary{options.library, find_headers(root), read_compile_flags(root),
                           is_inside ? options.repository : root.parent_path()};
  sources.cpp->flags.push_back("-I" + root.string());
  sources.source_url = source_url(options);
  return make_object_docs(sources, findings);
}

std::unique_ptr<ObjectDocs> read(const BuildOptions& options, Findings& findings, PythonModuleCache* cache) {
  if (options.source_kind == SourceKind::cpp) return read_cpp(options, findings);
  if (options.source_kind != SourceKind::python || options.source_root.empty()) return nullptr;
  const fs::path folder = options.source_root / options.library;
  if (!fs::exists(folder / "__init__.py")) return nullptr;
  // Files are named from the repository's root, so that findings say where they are; links to sources begin with the
  // wanted folder, as the reference has it.
  const std::string inside = options.source_root.lexically_relative(options.repository).generic_string();
  const bool usual = inside + "/" == options.version_tag_suffix;
  AutodocSources sources;
  sources.python = PythonPackage{options.library, folder, usual ? options.repository : options.source_root};
  sources.source_url = source_url(options);
  if (!usual && !sources.source_url.empty()) sources.source_url += options.version_tag_suffix;
  return make_object_docs(sources, findings, cache);
}

}  // namespace

std::unique_ptr<ObjectDocs> read_objects(const BuildOptions& options, Findings& findings) {
  return read(options, findings, nullptr);
}

std::unique_ptr<ObjectDocs> read_objects_again(const BuildOptions& options, Findings& findings,
                                               PythonModuleCache& cache) {
  return read(options, findings, &cache);
}

}  // namespace veneer::docs
