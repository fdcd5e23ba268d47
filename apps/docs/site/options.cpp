#include "docs/site/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "docs/site/redirects.h"
#include "docs/site/repository.h"
#include "docs/site/settings.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

// `name = "text"` at the start of a line of Python. Nothing is executed.
std::optional<std::string> python_literal(std::string_view source, std::string_view name) {
  for (std::string_view line : split_lines(source)) {
    if (!line.starts_with(name)) continue;
    line = trim(line.substr(name.size()));
    if (!line.starts_with('=')) continue;
    line = trim(line.substr(1));
    if (line.size() >= 2 && (line[0] == '"' || line[0] == '\'')) {
      const std::size_t end = line.find(line[0], 1);
      if (end != std::string_view::npos) return std::string(line.substr(1, end - 1));
    }
    return std::string(trim(line.substr(0, line.find('#'))));
  }
  return std::nullopt;
}

bool is_release(std::string_view version) {
  return version.size() > 1 && version[0] == 'v' && is_digit(static_cast<unsigned char>(version[1]));
}

fs::path repository_of(const fs::path& docs) {
  for (fs::path folder = docs; folder != folder.root_path(); folder = folder.parent_path())
    if (fs::exists(folder / ".git")) return folder;
  // Not a checkout: the folder that holds docs/.
  for (fs::path folder = docs; folder != folder.root_path(); folder = folder.parent_path())
    if (folder.filename() == "docs") return folder.parent_path();
  return docs;
}

fs::path python_sources(const BuildOptions& options) {
  for (fs::path folder = options.docs; folder != folder.root_path(); folder = folder.parent_path()) {
    for (const fs::path& root : {folder / "src", folder})
      if (fs::exists(root / options.library / "__init__.py")) return root;
    if (folder == options.repository) break;
  }
  return {};
}

// Where the sources are when nobody says: a package above the pages, or the headers of the checkout.
fs::path found_sources(const BuildOptions& options) {
  if (options.source_kind == SourceKind::python) return python_sources(options);
  const fs::path headers = options.repository / "src";
  return options.source_kind == SourceKind::cpp && fs::is_directory(headers) ? headers : fs::path();
}

// The name of the one package that a folder holds, tests and the pages' own folders aside.
std::string only_package(const fs::path& root) {
  std::string only;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(root, error)) {
    const std::string name = entry.path().filename().string();
    if (name == "tests" || name == "docs" || !fs::exists(entry.path() / "__init__.py")) continue;
    if (!only.empty()) return {};
    only = name;
  }
  return only;
}

std::string library_of(const BuildOptions& options) {
  if (options.source_kind != SourceKind::python) return options.repository.filename().string();
  if (!options.source_root.empty())
    if (std::string name = only_package(options.source_root); !name.empty()) return name;
  for (fs::path folder = options.docs; folder != folder.root_path(); folder = folder.parent_path()) {
    for (const fs::path& root : {folder / "src", folder})
      if (std::string name = only_package(root); !name.empty()) return name;
    if (folder == options.repository) break;
  }
  return options.repository.filename().string();
}

void read_config(const fs::path& file, BuildOptions& options) {
  const std::string source = read_text_file(file);
  if (const auto branch = python_literal(source, "default_branch_name")) options.default_branch = *branch;
  if (const auto prefix = python_literal(source, "version_prefix")) options.version_prefix = *prefix;
  if (python_literal(source, "disable_toc_check") == "True") options.toc_check = BuildOptions::TocCheck::off;
}

}  // namespace

std::string BuildOptions::repository_url() const {
  if (!repo_owner) return origin;
  return repo_owner->empty() ? "" : fmt::format("https://github.com/{}/{}", *repo_owner, repo_name);
}

void resolve_options(BuildOptions& options) {
  if (!fs::is_directory(options.docs))
    fail(ErrorCode::not_found, "{}: expected a folder of documentation", options.docs.string());
  options.docs = fs::canonical(options.docs);
  options.repository = repository_of(options.docs);
  if (std::string branch = origin_branch(options.repository); !branch.empty()) options.default_branch = branch;
  options.origin = origin_of(options.repository);
  for (const fs::path& folder : {options.docs.parent_path(), options.docs})
    if (fs::exists(folder / "_config.py")) read_config(folder / "_config.py", options);
  for (const fs::path& folder : {options.docs, options.docs.parent_path()})
    if (fs::exists(folder / "veneer-docs.yml")) read_settings(folder / "veneer-docs.yml", options);
  if (!options.source_kind) options.source_kind = SourceKind::python;
  if (options.library.empty()) options.library = library_of(options);
  if (options.source_root.empty()) options.source_root = found_sources(options);
  if (!options.source_root.empty()) {
    if (!fs::is_directory(options.source_root))
      fail(ErrorCode::not_found, "{}: expected a folder of sources", options.source_root.string());
    options.source_root = fs::canonical(options.source_root);
  }
  if (options.version.empty()) {
    options.version = options.default_branch;
    const fs::path init = options.source_root / options.library / "__init__.py";
    if (options.source_kind == SourceKind::python && fs::exists(init)) {
      const auto version = python_literal(read_text_file(init), "__version__");
      if (version && version->find("dev") == std::string::npos) options.version = "v" + *version;
    }
  }
  for (const std::string& part : {options.library, options.version, options.language})
    if (part.empty() || part == "." || part == ".." || part.find_first_of("/\\") != std::string::npos)
      fail(ErrorCode::invalid_argument, "build: expected a name that can be a folder, got \"{}\"", part);
  options.version_tag =
      is_release(options.version) ? options.version_prefix + options.version.substr(1) : options.version;
  if (options.is_pull_request()) {
    const std::string commit = commit_of(options.repository);
    options.version_tag = commit.empty() ? options.default_branch : commit;
  }
  if (!options.site_url.empty() && !is_web_address(options.site_url))
    fail(ErrorCode::invalid_argument, "site_url: expected an address such as https://example.org/docs, got \"{}\"",
         options.site_url);
  if (options.repo_name.empty()) options.repo_name = options.library;
  if (options.title.empty()) options.title = options.library;
  if (options.fallback.empty() && options.language != "en") {
    const fs::path english = options.docs.parent_path() / "en";
    if (fs::is_directory(english) && english != options.docs) options.fallback = english;
  }
  options.build = fs::absolute(options.build).lexically_normal();
  options.site = options.build / options.library / options.version / options.language;
}

}  // namespace veneer::docs
