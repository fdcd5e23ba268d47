#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "docs/commands/commands.h"
#include "docs/style/style_file.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

struct StyleArguments {
  std::vector<fs::path> paths;
  std::size_t max_len = 119;
  bool check = false;
  std::string path_to_docs;
};

bool is_skipped_folder(const std::string& name) {
  return name.starts_with('.') || name == "__pycache__" || name == "node_modules";
}

// The files below the paths that have a style, sorted; a file that was named itself must have one.
std::vector<fs::path> styled_files(const std::vector<fs::path>& paths) {
  std::vector<fs::path> files;
  for (const fs::path& path : paths) {
    if (!fs::exists(path)) fail(ErrorCode::not_found, "{}: no such file or folder", path.string());
    if (!fs::is_directory(path)) {
      if (styled_kind(path))
        files.push_back(path);
      else
        fmt::print(stderr, "{}: expected .py, .md, .mdx or C++, left as it is\n", path.string());
      continue;
    }
    for (auto entry = fs::recursive_directory_iterator(path, fs::directory_options::skip_permission_denied);
         entry != fs::recursive_directory_iterator(); ++entry) {
      if (entry->is_directory() && is_skipped_folder(entry->path().filename().string()))
        entry.disable_recursion_pending();
      if (entry->is_regular_file() && styled_kind(entry->path())) files.push_back(entry->path());
    }
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

int run_style(const StyleArguments& arguments) {
  StyleOptions options;
  options.max_len = arguments.max_len;
  options.python = find_python_formatter();
  if (!options.python) fmt::print(stderr, "neither ruff nor black is installed: Python samples stay as they are\n");
  std::size_t changed = 0;
  Findings findings;
  fs::path folder;
  for (const fs::path& file : styled_files(arguments.paths)) {
    if (file.parent_path() != folder || !options.cpp) options.cpp = find_cpp_formatter(folder = file.parent_path());
    const std::string text = read_text_file(file);
    StyledText styled = style_text(*styled_kind(file), text, file.string(), options);
    findings.insert(findings.end(), styled.findings.begin(), styled.findings.end());
    if (styled.text == text) continue;
    ++changed;
    if (arguments.check) {
      fmt::print("{} should be restyled.\n", file.string());
    } else {
      fmt::print("Overwriting content of {}.\n", file.string());
      write_file(file, styled.text);
    }
  }
  for (const Finding& finding : findings) fmt::print(stderr, "{}\n", to_string(finding));
  if (arguments.check && changed > 0)
    fmt::print(stderr, "{} files should be restyled!\n", changed);
  else if (changed > 0)
    fmt::print("Cleaned {} files!\n", changed);
  return !findings.empty() || (arguments.check && changed > 0) ? 1 : 0;
}

}  // namespace

void add_style_command(CLI::App& app, int& status) {
  auto arguments = std::make_shared<StyleArguments>();
  CLI::App* command = app.add_subcommand(
      "style", "Fill the paragraphs of docstrings and documenting comments, and format code samples, pages' included");
  command->add_option("PATHS", arguments->paths, "Files and folders")->required();
  command->add_flag("--check,--check-only,--check_only", arguments->check,
                    "Change nothing; exit with 1 if something should be changed");
  command->add_option("--max-len,--max_len", arguments->max_len, "Length of a line")
      ->check(CLI::Range(20, 1000))
      ->capture_default_str();
  command->add_option("--path-to-docs,--path_to_docs", arguments->path_to_docs, "Accepted, not needed");
  command->callback([arguments, &status] { status = run_style(*arguments); });
}

}  // namespace veneer::docs
