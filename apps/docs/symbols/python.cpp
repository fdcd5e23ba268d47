#include "docs/symbols/python.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"
#include "docs/symbols/python_link.h"
#include "docs/text/unicode.h"

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
    const fs::path extension = entry->path().extension();
    if (!entry->is_regular_file() || (extension != ".py" && extension != ".pyi")) continue;
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

// The encoding that one of the first two lines declares (PEP 263), in lower case; empty: none.
std::string declared_encoding(std::string_view text) {
  for (int line = 0; line < 2; ++line) {
    const std::string_view first = text.substr(0, text.find('\n'));
    const std::size_t at = first.starts_with('#') ? first.find("coding") : std::string_view::npos;
    if (at != std::string_view::npos && at + 6 < first.size() && (first[at + 6] == ':' || first[at + 6] == '=')) {
      const std::string_view rest = trim(first.substr(at + 7));
      return lower_case(rest.substr(0, rest.find_first_of(" \t\r")));
    }
    text.remove_prefix(std::min(first.size() + 1, text.size()));
  }
  return {};
}

// The file as UTF-8, if it is that or Latin-1 and says so. Else what is wrong with it is a finding.
std::string decoded(std::string text, const std::string& name, Findings& findings) {
  static constexpr std::array<std::string_view, 6> kLatin{"latin-1",   "latin1", "iso-8859-1",
                                                          "iso8859-1", "l1",     "cp819"};
  const auto problem = encoding_problem(text);
  if (!problem) return text;
  if (std::ranges::find(kLatin, declared_encoding(text)) != kLatin.end()) {
    std::string out;
    for (const char c : text) append_utf8(out, static_cast<unsigned char>(c));
    return out;
  }
  findings.push_back(finding_at({name, problem->line}, Severity::error, "not-utf8",
                                "the source is not UTF-8: " + problem->what, "save the file as UTF-8"));
  return text.find('\0') == std::string::npos ? valid_utf8(text) : std::string();
}

PythonModule read_file(const PythonFile& file, const fs::path& source_root) {
  const std::string name = file.path.lexically_relative(source_root).generic_string();
  try {
    Findings findings;
    std::string text = decoded(read_text_file(file.path), name, findings);
    if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    std::erase(text, '\r');
    PythonModule module = read_python_module(text, file.module, file.is_package, name);
    module.findings.insert(module.findings.begin(), findings.begin(), findings.end());
    return module;
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

bool is_stub(const PythonModule& module) {
  return module.symbols.front().file.ends_with(".pyi");
}

// One module of each name: a stub beside its source completes it, a stub instead of one is the module.
void join_stubs(std::vector<PythonModule>& modules) {
  std::ranges::sort(modules, {}, [](const PythonModule& module) {
    return std::pair(std::string_view(module.name), is_stub(module));
  });
  std::vector<PythonModule> joined;
  joined.reserve(modules.size());  // symbols refer to each other: a module may be moved, not copied
  for (PythonModule& module : modules) {
    if (!joined.empty() && joined.back().name == module.name)
      add_stub(joined.back(), module);
    else
      joined.push_back(std::move(module));
  }
  modules = std::move(joined);
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
  join_stubs(modules);
  PythonLinker linker(modules);
  linker.link();
  SymbolTree tree;
  tree.root = linker.module(package.name);
  for (PythonModule& module : modules) {
    tree.foreign_names.emplace(&module.symbols.front(), linker.foreign_names(module));
    tree.findings.insert(tree.findings.end(), module.findings.begin(), module.findings.end());
    tree.storage.push_back(std::move(module.symbols));
  }
  return tree;
}

}  // namespace veneer::docs
