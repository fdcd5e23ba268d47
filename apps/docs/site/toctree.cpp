#include "docs/site/toctree.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "docs/page/site_map.h"

namespace veneer::docs {
namespace {

constexpr int kMaxDepth = 16;

class Reader {
 public:
  // A file has no room for more entries than it has bytes: more come of aliases that hold each other.
  Reader(std::string file, std::size_t most_entries, Toctree& tree)
      : file_(std::move(file)), most_entries_(most_entries), tree_(tree) {}

  std::vector<TocEntry> entries(const YAML::Node& list, int depth) {
    std::vector<TocEntry> out;
    if (!list.IsSequence()) {
      report(list, "bad-toctree", "expected a list of sections", "write entries as `- title: ...`");
      return out;
    }
    for (const YAML::Node& node : list) {
      if (!node.IsMap()) {
        report(node, "bad-toctree", "expected an entry with `title` and `local` or `sections`",
               "write `- local: page` and `title: Its title` below it");
        continue;
      }
      if (++count_ > most_entries_) {
        if (count_ == most_entries_ + 1)
          report(node, "bad-toctree", "its aliases make too many entries", "write the entries out");
        return out;
      }
      out.push_back(entry(node, depth));
    }
    return out;
  }

 private:
  TocEntry entry(const YAML::Node& node, int depth) {
    TocEntry entry;
    entry.line = node.Mark().line + 1;
    entry.title = text(node, "title");
    entry.local = text(node, "local");
    entry.moved_to = text(node, "newlocal");
    entry.is_new = text(node, "new") == "true";
    entry.expanded = text(node, "isExpanded") == "true";
    if (const YAML::Node frameworks = node["local_fw"]; frameworks && frameworks.IsMap() && entry.local.empty())
      for (const auto& framework : frameworks)
        if (framework.second.IsScalar() && entry.local.empty()) entry.local = framework.second.as<std::string>();
    for (std::string* path : {&entry.local, &entry.moved_to}) {
      for (const std::string_view extension : {".md", ".mdx"})
        if (path->ends_with(extension)) path->resize(path->size() - extension.size());
      const std::string written = std::exchange(*path, normal_path(*path));
      if (written.starts_with('/') || (*path + "/").starts_with("../")) {
        report(node, "bad-toctree", fmt::format("`{}` leads out of the documentation", written),
               "write the page's path from the folder of _toctree.yml");
        path->clear();
      }
    }
    if (const YAML::Node sections = node["sections"]) {
      if (depth < kMaxDepth)
        entry.sections = entries(sections, depth + 1);
      else
        report(node, "bad-toctree", "sections are nested too deeply", fmt::format("{} levels are read", kMaxDepth));
    }
    if (entry.title.empty()) {
      report(node, "missing-title",
             fmt::format("the entry {}has no title", entry.local.empty() ? "" : "`" + entry.local + "` "),
             "add `title: ...`");
      entry.title = entry.local.empty() ? "Untitled" : entry.local.substr(entry.local.rfind('/') + 1);
    }
    if (entry.local.empty() && entry.sections.empty())
      report(node, "bad-toctree", fmt::format("the entry \"{}\" has neither `local` nor `sections`", entry.title),
             "name its page with `local: page`");
    return entry;
  }

  static std::string text(const YAML::Node& node, const char* key) {
    const YAML::Node value = node[key];
    return value && value.IsScalar() ? value.as<std::string>() : std::string();
  }

  void report(const YAML::Node& node, std::string rule, std::string message, std::string suggestion) {
    tree_.findings.push_back(
        {{file_, node.Mark().line + 1}, Severity::error, std::move(rule), std::move(message), std::move(suggestion)});
  }

  std::string file_;
  std::size_t most_entries_, count_ = 0;
  Toctree& tree_;
};

void collect(const std::vector<TocEntry>& entries, std::unordered_set<std::string>& seen,
             std::vector<std::pair<std::string, std::string>>& out) {
  for (const TocEntry& entry : entries) {
    const std::string& path = entry.moved_to.empty() ? entry.local : entry.moved_to;
    if (!path.empty() && seen.insert(path).second) out.emplace_back(path, entry.title);
    collect(entry.sections, seen, out);
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> Toctree::pages() const {
  std::unordered_set<std::string> seen;
  std::vector<std::pair<std::string, std::string>> out;
  collect(entries, seen, out);
  return out;
}

std::unordered_map<std::string, std::string> Toctree::apply_moves() {
  std::unordered_map<std::string, std::string> moves;
  const auto visit = [&moves](const auto& self, std::vector<TocEntry>& list) -> void {
    for (TocEntry& entry : list) {
      if (!entry.moved_to.empty() && !entry.local.empty()) {
        moves[entry.local] = entry.moved_to;
        entry.local = entry.moved_to;
      }
      self(self, entry.sections);
    }
  };
  visit(visit, entries);
  return moves;
}

bool is_too_deep(std::string_view yaml) {
  int depth = 0;
  for (const char c : yaml) {
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > 64) return true;
  }
  std::size_t dashes = 0;
  for (std::size_t i = 0; i < yaml.size(); ++i) {
    if (yaml[i] == '\n') dashes = 0;
    if (yaml[i] == '-' || yaml[i] == '?' || yaml[i] == ':') ++dashes;
    if (dashes > 200) return true;
  }
  return false;
}

Toctree parse_toctree(std::string_view yaml, const std::string& file) {
  Toctree tree;
  const auto report = [&](int line, std::string message) {
    tree.findings.push_back({{file, std::max(1, line)},
                             Severity::error,
                             "bad-toctree",
                             std::move(message),
                             "write a list of `- local: page` entries with a `title` each"});
  };
  if (is_too_deep(yaml)) {
    report(0, "the file is nested too deeply");
    return tree;
  }
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    if (root.IsNull()) {
      report(0, "the file is empty");
      return tree;
    }
    tree.entries = Reader(file, yaml.size(), tree).entries(root, 0);
  } catch (const YAML::Exception& error) {
    report(error.mark.line + 1, error.msg);
  }
  return tree;
}

}  // namespace veneer::docs
