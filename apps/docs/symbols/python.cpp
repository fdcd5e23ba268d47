#include "docs/symbols/python.h"

#include <algorithm>
#include <atomic>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"
#include "docs/symbols/python_link.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

struct PythonFile {
  fs::path path;
  std::string module;
  bool is_package = false;
  std::uintmax_t size = 0;
  fs::file_time_type time;
};

std::vector<PythonFile> list_files(const PythonPackage& package) {
  std::vector<PythonFile> files;
  for (auto entry = fs::recursive_directory_iterator(package.folder, fs::directory_options::skip_permission_denied);
       entry != fs::recursive_directory_iterator(); ++entry) {
    if (entry->is_directory() && entry->path().filename() == "__pycache__") entry.disable_recursion_pending();
    if (!entry->is_regular_file() || entry->path().extension() != ".py") continue;
    PythonFile file{
        .path = entry->path(), .module = package.name, .size = entry->file_size(), .time = entry->last_write_time()};
    const fs::path inside = entry->path().lexically_relative(package.folder).replace_extension();
    for (const fs::path& part : inside) {
      file.is_package = part == "__init__";
      if (!file.is_package) file.module.append(".").append(part.string());
    }
    files.push_back(std::move(file));
  }
  return files;
}

PythonModule read_file(const PythonFile& file, const fs::path& source_root) {
  const std::string name = file.path.lexically_relative(source_root).generic_string();
  try {
    std::string text = read_text_file(file.path);
    if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    std::erase(text, '\r');
    return read_python_module(text, file.module, file.is_package, name);
  } catch (const Error& error) {
    PythonModule module = read_python_module("", file.module, file.is_package, name);
    Finding finding;
    finding.where = {name, 1};
    finding.severity = Severity::error;
    finding.rule = "unreadable-source";
    finding.message = error.what();
    finding.suggestion = "let veneer-docs read the file, or take it out of the package";
    module.findings.push_back(std::move(finding));
    return module;
  }
}

}  // namespace

SymbolTree read_python_package(const PythonPackage& package, PythonModuleCache* cache) {
  if (!fs::is_regular_file(package.folder / "__init__.py"))
    fail(ErrorCode::not_found, "{}: expected a Python package, found no __init__.py", package.folder.string());
  std::vector<PythonFile> files = list_files(package);
  // The largest first, each to the thread that is free: so that no thread ends on a large one.
  std::ranges::sort(files, [](const PythonFile& a, const PythonFile& b) {
    return std::pair(b.size, std::string_view(a.module)) < std::pair(a.size, std::string_view(b.module));
  });
  std::vector<PythonModule> modules(files.size());
  std::vector<std::shared_ptr<const PythonModule>> parsed(files.size());
  std::atomic<std::size_t> next = 0;
  parallel_for(team_size(), 1, [&](std::int64_t, std::int64_t) {
    for (std::size_t i = next++; i < files.size(); i = next++) {
      if (cache == nullptr) {
        modules[i] = read_file(files[i], package.source_root);
        continue;
      }
      const auto known = cache->entries_.find(files[i].path.string());
      const bool is_same = known != cache->entries_.end() && known->second.time == files[i].time &&
                           known->second.size == files[i].size && known->second.module->name == files[i].module;
      parsed[i] = is_same ? known->second.module
                          : std::make_shared<const PythonModule>(read_file(files[i], package.source_root));
      modules[i] = copy_module(*parsed[i]);
    }
  });
  if (cache != nullptr) {
    cache->entries_.clear();
    for (std::size_t i = 0; i < files.size(); ++i)
      cache->entries_[files[i].path.string()] = {files[i].time, files[i].size, std::move(parsed[i])};
  }
  std::ranges::sort(modules, {}, &PythonModule::name);
  PythonLinker linker(modules);
  linker.link();
  SymbolTree tree;
  tree.root = linker.module(package.name);
  for (PythonModule& module : modules) {
    tree.findings.insert(tree.findings.end(), module.findings.begin(), module.findings.end());
    tree.storage.push_back(std::move(module.symbols));
  }
  return tree;
}

}  // namespace veneer::docs
