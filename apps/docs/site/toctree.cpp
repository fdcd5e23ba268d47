#include "docs/site/toctree.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

#include "docs/page/site_map.h"
#include "docs/text/unicode.h"
#include "docs/text/yaml_text.h"

namespace veneer::docs {
namespace {

constexpr int kMaxDepth = 16;

// "quiz" is for Hugging Face's own site.
const std::vector<std::string> kKeys{"title", "local", "sections", "isExpanded", "new", "newlocal", "local_fw", "quiz"};

class Reader {
 public:
  // A file has no room for more entries than it has bytes: more come of aliases that hold each other.
  Reader(std::string file, std::size_t most_entries, Toctree& tree)
      : file_(std::move(file)), most_entries_(most_entries), tree_(tree) {}

  std::vector<TocEntry> entries(const YAML::Node& list, int depth) {
    std::vector<TocEntry> out;
    if (list.IsMap() && (list["local"] || list["title"] || list["sections"])) {
      report(list, "bad-toctree", "the entry has no dash", "begin it with `- `");
      for (const YAML::Node& node : with_known_keys(list)) out.push_back(entry(node, list, depth));
      return out;
    }
    if (list.IsMap() && list.size() > 0 && list.begin()->first.IsScalar() &&
        list.begin()->first.Scalar().starts_with('-')) {
      report(list, "bad-toctree", fmt::format("`{}` has no space behind its dash", list.begin()->first.Scalar()),
             "begin each entry with `- `");
      return out;
    }
    if (!list.IsSequence()) {
      report(list, "bad-toctree", "expected a list of sections", "write entries as `- title: ...`");
      return out;
    }
    for (const YAML::Node& node : list) {
      if (!node.IsMap()) {
        report_no_entry(node);
        continue;
      }
      if (++count_ > most_entries_) {
        if (count_ == most_entries_ + 1)
          report(node, "bad-toctree", "its aliases make too many entries", "write the entries out");
        return out;
      }
      for (const YAML::Node& known : with_known_keys(node)) out.push_back(entry(known, node, depth));
    }
    return out;
  }

 private:
  // A misspelt key is read as the one that was meant, and a key that comes again begins the next entry, so that each
  // mistake is one finding.
  std::vector<YAML::Node> with_known_keys(const YAML::Node& node) {
    std::vector<YAML::Node> entries{YAML::Node(YAML::NodeType::Map)};
    for (const auto& pair : node) {
      std::string key = pair.first.IsScalar() ? pair.first.Scalar() : std::string();
      if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
        const std::optional<std::string> meant = nearest(key, kKeys);
        report(pair.first, "bad-toctree", fmt::format("an entry has no key `{}`", key),
               meant ? fmt::format("did you mean `{}`?", *meant)
                     : "an entry has title, local, sections, isExpanded, new, newlocal and local_fw");
        if (!meant) continue;
        key = *meant;
      }
      if (entries.back()[key]) {
        report(pair.first, "bad-toctree", fmt::format("`{}` stands twice in one entry", key),
               "begin the second entry with `- `");
        entries.emplace_back(YAML::NodeType::Map);
      }
      entries.back()[key] = pair.second;
    }
    return entries;
  }

  // What is no entry: "title:Start" without a space, or text.
  void report_no_entry(const YAML::Node& node) {
    const std::string text = node.IsScalar() ? node.Scalar() : std::string();
    const std::size_t colon = text.find(':');
    if (colon != std::string::npos && colon > 0 && text.find(' ') == std::string::npos)
      report(node, "bad-toctree", fmt::format("`{}` has no space behind its colon", text),
             fmt::format("write `{}: {}`", text.substr(0, colon), text.substr(colon + 1)));
    else
      report(node, "bad-toctree", "expected an entry with `title` and `local` or `sections`",
             "write `- local: page` and `title: Its title` below it");
  }

  TocEntry entry(const YAML::Node& node, const YAML::Node& written, int depth) {
    TocEntry entry;
    entry.line = written.Mark().line + 1;
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
      const std::string before = std::exchange(*path, normal_path(*path));
      if (before.starts_with('/') || (*path + "/").starts_with("../")) {
        report(written, "bad-toctree", fmt::format("`{}` leads out of the documentation", before),
               "write the page's path from the folder of _toctree.yml");
        path->clear();
      }
    }
    if (const YAML::Node sections = node["sections"]) {
      if (depth < kMaxDepth)
        entry.sections = entries(sections, depth + 1);
      else
        report(written, "bad-toctree", "sections are nested too deeply", fmt::format("{} levels are read", kMaxDepth));
    }
    if (entry.title.empty()) {
      report(written, "missing-title",
             fmt::format("the entry {}has no title", entry.local.empty() ? "" : "`" + entry.local + "` "),
             "add `title: ...`");
      entry.title = entry.local.empty() ? "Untitled" : entry.local.substr(entry.local.rfind('/') + 1);
    }
    if (entry.local.empty() && entry.sections.empty())
      report(written, "bad-toctree", fmt::format("the entry \"{}\" has neither `local` nor `sections`", entry.title),
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

// A line at the left edge of a list that begins no entry: the YAML library stops there without a word. 0: there is
// none.
int line_without_dash(std::string_view yaml) {
  bool in_list = false;
  int number = 0, open = 0;
  for (const std::string_view line : split_lines(yaml)) {
    ++number;
    const bool is_text = !trim(line).empty() && line.front() != '#' && line.front() != ' ' && open <= 0;
    if (is_text && in_list && line.front() != '-' && line.front() != '.') return number;
    in_list = in_list || line.starts_with("- ");
    open += static_cast<int>(std::count(line.begin(), line.end(), '{') - std::count(line.begin(), line.end(), '}'));
  }
  return 0;
}

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

Toctree parse_toctree(std::string_view yaml, const std::string& file) {
  Toctree tree;
  const auto report = [&](int line, std::string message) {
    tree.findings.push_back({{file, std::max(1, line)},
                             Severity::error,
                             "bad-toctree",
                             std::move(message),
                             "write a list of `- local: page` entries with a `title` each"});
  };
  if (const auto problem = encoding_problem(yaml)) {
    tree.findings.push_back(finding_at({file, problem->line}, Severity::error, "not-utf8",
                                       "the file is not UTF-8: " + problem->what, "save it as UTF-8"));
    return tree;
  }
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
    if (const int line = root.IsSequence() ? line_without_dash(yaml) : 0; line > 0) {
      const std::string_view text = trim(split_lines(yaml)[static_cast<std::size_t>(line - 1)]);
      tree.findings.push_back(finding_at({file, line}, Severity::error, "bad-toctree",
                                         fmt::format("`{}` has no dash", text),
                                         "begin each entry of a list with `- `"));
    }
  } catch (const YAML::Exception& error) {
    YamlProblem problem = yaml_problem(yaml, error);
    tree.findings.push_back(finding_at({file, problem.line}, Severity::error, "bad-toctree", std::move(problem.message),
                                       std::move(problem.suggestion)));
  }
  return tree;
}

}  // namespace veneer::docs
