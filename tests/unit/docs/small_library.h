// A Python library of two pages, checked and built with what one test changes in it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "docs/check/samples.h"
#include "docs/commands/objects.h"
#include "docs/site/build.h"
#include "temporary_tree.h"

namespace veneer::docs {

using Files = std::map<std::string, std::string>;

class SmallLibrary {
 public:
  explicit SmallLibrary(const Files& changed) : tree_(with(changed)) {
    options_.docs = tree_.root() / "docs";
    options_.build = tree_.root() / "build";
    resolve_options(options_);
  }

  [[nodiscard]] BuildResult check() const { return check_site(options_, read_objects, check_sample); }
  [[nodiscard]] BuildResult build(BuildOptions::Strictness strictness = BuildOptions::Strictness::lenient) {
    options_.strictness = strictness;
    return build_site(options_, read_objects);
  }
  void write(const std::string& file, const std::string& text) { write_file(tree_.root() / file, text); }
  [[nodiscard]] const std::filesystem::path& site() const { return options_.site; }
  [[nodiscard]] std::string page(const std::string& name) const { return read_text_file(options_.site / name); }

 private:
  static Files with(const Files& changed) {
    Files files{{"docs/_toctree.yml", "- local: index\n  title: Start\n- local: guide/other\n  title: Other\n"},
                {"docs/index.md", "# Start\n\n[[autodoc]] lib.Model\n"},
                {"docs/guide/other.md", "# Other\n\n## First steps\n"},
                {"docs/images/cat.png", "a picture"},
                {"src/lib/__init__.py", "from .models import Model, Small\n"},
                {"src/lib/models.py", "class Model:\n    'A model.'\nclass Small(Model):\n    'A small one.'\n"}};
    for (const auto& [name, text] : changed) files[name] = text;
    return files;
  }

  TemporaryTree tree_;
  BuildOptions options_;
};

inline std::vector<std::string> lines_of(const Findings& findings) {
  std::vector<std::string> lines;
  for (const Finding& finding : findings) lines.push_back(to_string(finding));
  return lines;
}

}  // namespace veneer::docs
