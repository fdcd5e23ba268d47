#include "docs/site/site_files.h"

#include <algorithm>
#include <tuple>

namespace veneer::docs {

namespace fs = std::filesystem;

SiteFiles find_files(const fs::path& docs, const fs::path& build) {
  SiteFiles files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(docs, fs::directory_options::skip_permission_denied, error), end; it != end;
       it.increment(error)) {
    if (error) break;
    const std::string name = it->path().filename().string();
    if (name.starts_with('.') || name.starts_with('_') || it->path() == build) {
      if (it->is_directory()) it.disable_recursion_pending();
      continue;
    }
    if (it->is_directory() || !it->is_regular_file()) continue;
    std::string path = it->path().lexically_relative(docs).generic_string();
    const std::string extension = it->path().extension().string();
    SourceFile file{path, it->path(), stamp_of(it->path())};
    if (extension == ".md" || extension == ".mdx") {
      file.path.resize(file.path.size() - extension.size());
      files.pages.push_back(std::move(file));
    } else if (path.find("__") == std::string::npos && name != "veneer-docs.yml") {
      files.assets.push_back(std::move(file));
    }
  }
  const auto by_path = [](const SourceFile& a, const SourceFile& b) {
    return std::tie(a.path, a.file) < std::tie(b.path, b.file);
  };
  std::sort(files.pages.begin(), files.pages.end(), by_path);
  std::sort(files.assets.begin(), files.assets.end(), by_path);
  return files;
}

}  // namespace veneer::docs
