#include "docs/site/site_files.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

bool is_below(const fs::path& file, const fs::path& folder) {
  const fs::path relative = file.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

class FileFinder {
 public:
  FileFinder(const fs::path& docs, const fs::path& build, const fs::path& repository)
      : docs_(docs), build_(build), repository_(fs::weakly_canonical(repository)) {}

  SiteFiles find() {
    look_into(docs_);
    const auto by_path = [](const SourceFile& a, const SourceFile& b) {
      return std::tie(a.path, a.file) < std::tie(b.path, b.file);
    };
    std::sort(files_.pages.begin(), files_.pages.end(), by_path);
    std::sort(files_.assets.begin(), files_.assets.end(), by_path);
    return std::move(files_);
  }

 private:
  void look_into(const fs::path& folder) {
    std::error_code error;
    for (fs::directory_iterator it(folder, fs::directory_options::skip_permission_denied, error), end;
         !error && it != end; it.increment(error)) {
      const std::string name = it->path().filename().string();
      if (name.starts_with('.') || name.starts_with('_') || it->path() == build_) continue;
      std::error_code ignored;
      if (it->is_symlink(ignored) && !follow(it->path())) continue;
      if (it->is_directory(ignored))
        look_into_once(it->path());
      else if (it->is_regular_file(ignored))
        add(it->path());
    }
  }

  // A link may lead back to where it stands.
  void look_into_once(const fs::path& folder) {
    const fs::path real = fs::weakly_canonical(folder);
    if (!on_the_way_.insert(real).second) return;
    look_into(folder);
    on_the_way_.erase(real);
  }

  bool follow(const fs::path& link) {
    std::error_code error;
    const fs::path target = fs::canonical(link, error);
    if (error) return false;
    // What is linked from elsewhere is no part of the documentation, and may be nobody's business.
    if (!is_below(target, repository_)) {
      files_.outside.push_back(link);
      return false;
    }
    files_.links.push_back({link, target});
    return true;
  }

  void add(const fs::path& at) {
    const std::string path = at.lexically_relative(docs_).generic_string();
    const std::string extension = at.extension().string();
    SourceFile file{path, at, stamp_of(at)};
    if (extension == ".md" || extension == ".mdx") {
      file.path.resize(file.path.size() - extension.size());
      files_.pages.push_back(std::move(file));
    } else if (path.find("__") == std::string::npos && at.filename() != "veneer-docs.yml") {
      files_.assets.push_back(std::move(file));
    }
  }

  const fs::path& docs_;
  const fs::path& build_;
  fs::path repository_;
  std::set<fs::path> on_the_way_{fs::weakly_canonical(docs_)};
  SiteFiles files_;
};

}  // namespace

SiteFiles find_files(const fs::path& docs, const fs::path& build, const fs::path& repository) {
  return FileFinder(docs, build, repository).find();
}

Findings outside_links(const SiteFiles& files, const fs::path& repository) {
  Findings findings;
  for (const fs::path& link : files.outside)
    findings.push_back(finding_at({link.lexically_relative(repository).generic_string(), 1}, Severity::warning,
                                  "outside-link", "the link leads out of the repository: it is not followed",
                                  "put the file into the repository"));
  return findings;
}

}  // namespace veneer::docs
