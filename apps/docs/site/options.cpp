#include "docs/site/options.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
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
    return std::string(line);
  }
  return std::nullopt;
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

SourceKind source_kind(const std::string& language, const fs::path& file) {
  if (language == "python") return SourceKind::python;
  if (language == "cpp") return SourceKind::cpp;
  if (language == "none") return SourceKind::none;
  fail(ErrorCode::corrupt_file, "{}: source_language: expected python, cpp or none, got {}", file.string(), language);
}

void read_settings(const fs::path& file, BuildOptions& options) {
  YAML::Node settings;
  try {
    settings = YAML::LoadFile(file.string());
  } catch (const YAML::Exception& error) {
    fail(ErrorCode::corrupt_file, "{}: {}", file.string(), error.what());
  }
  const auto text = [&settings](const char* key, std::string& value) {
    if (value.empty() && settings[key] && settings[key].IsScalar()) value = settings[key].as<std::string>();
  };
  text("title", options.title);
  text("site_url", options.site_url);
  text("repo_name", options.repo_name);
  if (const YAML::Node owner = settings["repo_owner"]; owner && owner.IsScalar() && !options.repo_owner)
    options.repo_owner = owner.as<std::string>();
  if (const YAML::Node language = settings["source_language"]; language && language.IsScalar() && !options.source_kind)
    options.source_kind = source_kind(language.as<std::string>(), file);
  if (const YAML::Node external = settings["external"]; external && external.IsMap())
    for (const auto& project : external) {
      if (!project.second.IsMap() || !project.second["url"] || !project.second["inventory"])
        fail(ErrorCode::corrupt_file, "{}: external: expected url and inventory for {}", file.string(),
             project.first.as<std::string>(""));
      options.external.push_back({project.second["url"].as<std::string>(),
                                  file.parent_path() / project.second["inventory"].as<std::string>()});
    }
}

}  // namespace

std::string BuildOptions::repository_url() const {
  const std::string owner = repo_owner.value_or("");
  return owner.empty() ? owner : fmt::format("https://github.com/{}/{}", owner, repo_name);
}

void resolve_options(BuildOptions& options) {
  if (!fs::is_directory(options.docs))
    fail(ErrorCode::not_found, "{}: expected a folder of documentation", options.docs.string());
  options.docs = fs::canonical(options.docs);
  options.repository = repository_of(options.docs);
  for (const fs::path& folder : {options.docs, options.docs.parent_path()}) {
    if (const fs::path file = folder / "veneer-docs.yml"; fs::exists(file)) read_settings(file, options);
    const fs::path config = folder / "_config.py";
    if (!fs::exists(config)) continue;
    const std::string source = read_text_file(config);
    if (const auto branch = python_literal(source, "default_branch_name")) options.default_branch = *branch;
    if (const auto prefix = python_literal(source, "version_prefix")) options.version_prefix = *prefix;
    if (python_literal(source, "disable_toc_check") == "True") options.toc_check = BuildOptions::TocCheck::off;
    break;
  }
  if (!options.repo_owner) options.repo_owner = "huggingface";
  if (!options.source_kind) options.source_kind = SourceKind::python;
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
      options.version == options.default_branch ? options.version : options.version_prefix + options.version.substr(1);
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
