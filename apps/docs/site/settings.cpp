#include "docs/site/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/file.h"
#include "docs/page/foreign_packages.h"
#include "docs/text/unicode.h"
#include "docs/text/yaml_text.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

struct Place {
  const fs::path& file;
  YAML::Node node;

  template <class... Parts>
  [[noreturn]] void refuse(fmt::format_string<Parts...> format, Parts&&... parts) const {
    fail(ErrorCode::corrupt_file, "{}:{}: {}", file.string(), node.Mark().line + 1,
         fmt::format(format, std::forward<Parts>(parts)...));
  }
  [[nodiscard]] std::string text(std::string_view name) const {
    if (!node.IsScalar()) refuse("{}: expected one value, found {}", name, node.IsNull() ? "nothing" : "a list or map");
    return node.Scalar();
  }
};

SourceKind source_kind(const std::string& language, const Place& place) {
  if (language == "python") return SourceKind::python;
  if (language == "cpp") return SourceKind::cpp;
  if (language == "none") return SourceKind::none;
  place.refuse("source_language: expected python, cpp or none, found {}", language);
}

void add_inventory(const std::string& name, const fs::path& inventory, std::string url, const Place& place,
                   BuildOptions& options) {
  const ForeignPackage* package = foreign_package(name);
  if (url.empty() && package != nullptr) url = package->documentation;
  if (url.empty())
    place.refuse("external: where {} is documented is not known; expected {}: {{url: ADDRESS, inventory: {}}}", name,
                 name, inventory.filename().string());
  options.external.push_back({std::move(url), inventory});
}

// A folder holds NAME.inv and NAME/objects.inv.
void read_inventory_folder(const fs::path& folder, const Place& place, BuildOptions& options) {
  if (!fs::is_directory(folder)) place.refuse("external: {} is no folder of inventories", folder.string());
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".inv") files.push_back(entry.path());
    if (fs::exists(entry.path() / "objects.inv")) files.push_back(entry.path() / "objects.inv");
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    const bool is_named = file.filename() != "objects.inv";
    add_inventory((is_named ? file.stem() : file.parent_path().filename()).string(), file, "", place, options);
  }
}

void read_external(const Place& setting, BuildOptions& options) {
  const fs::path here = setting.file.parent_path();
  if (setting.node.IsScalar()) return read_inventory_folder(here / setting.node.Scalar(), setting, options);
  if (!setting.node.IsMap())
    setting.refuse("external: expected a folder of inventories, or NAME: FILE for each project");
  for (const auto& project : setting.node) {
    const std::string name = project.first.as<std::string>("");
    const Place place{setting.file, project.second};
    if (project.second.IsScalar()) {
      add_inventory(name, here / project.second.Scalar(), "", place, options);
      continue;
    }
    if (!project.second.IsMap() || !project.second["inventory"])
      place.refuse("external: expected {}: FILE, or {}: {{url: ADDRESS, inventory: FILE}}", name, name);
    const YAML::Node url = project.second["url"];
    add_inventory(name, here / Place{setting.file, project.second["inventory"]}.text("inventory"),
                  url ? Place{setting.file, url}.text("url") : "", place, options);
  }
}

// `RULE: off`, and large-image: a number of kilobytes.
void read_checks(const Place& setting, BuildOptions& options) {
  if (!setting.node.IsMap()) setting.refuse("checks: expected `RULE: off` lines");
  for (const auto& check : setting.node) {
    const std::string rule = check.first.as<std::string>("");
    const Place place{setting.file, check.second};
    const std::string value = place.text(rule);
    const std::vector<std::string> rules(kRules.begin(), kRules.end());
    if (std::find(rules.begin(), rules.end(), rule) == rules.end()) {
      const auto meant = nearest(rule, rules);
      place.refuse("checks: there is no rule {}{}", rule,
                   meant ? fmt::format("; did you mean {}?", *meant) : "; findings have theirs in brackets");
    }
    const bool is_number =
        !value.empty() && value.find_first_not_of("0123456789") == std::string::npos && value.size() < 9;
    if (value == "off" || value == "false")
      options.unchecked.insert(rule);
    else if (rule == "large-image" && is_number)
      options.largest_image = std::stoull(value) * 1000;
    else if (value != "on" && value != "true")
      place.refuse("checks: {}: expected off{}, found {}", rule,
                   rule == "large-image" ? " or a number of kilobytes" : "", value);
  }
}

struct Setting {
  std::string_view key;
  void (*apply)(BuildOptions& options, const Place& place);
};

template <std::string BuildOptions::*member>
void set_text(BuildOptions& options, const Place& place) {
  const std::string value = place.text("value");
  if ((options.*member).empty()) options.*member = value;
}

constexpr auto kSettings = std::to_array<Setting>(
    {{"library", set_text<&BuildOptions::library>},
     {"title", set_text<&BuildOptions::title>},
     {"site_url", set_text<&BuildOptions::site_url>},
     {"repo_name", set_text<&BuildOptions::repo_name>},
     {"repo_owner",
      [](BuildOptions& options, const Place& place) {
        const std::string value = place.text("repo_owner");
        if (!options.repo_owner) options.repo_owner = value;
      }},
     {"source_language",
      [](BuildOptions& options, const Place& place) {
        const SourceKind kind = source_kind(place.text("source_language"), place);
        if (!options.source_kind) options.source_kind = kind;
      }},
     {"external", [](BuildOptions& options, const Place& place) { read_external(place, options); }},
     {"checks", [](BuildOptions& options, const Place& place) { read_checks(place, options); }}});

void apply(const YAML::Node& key, const YAML::Node& value, const fs::path& file, BuildOptions& options) {
  const std::string name = key.IsScalar() ? key.Scalar() : std::string();
  const auto* known =
      std::find_if(kSettings.begin(), kSettings.end(), [&](const Setting& setting) { return setting.key == name; });
  if (known != kSettings.end()) return known->apply(options, {file, value});
  std::vector<std::string> names;
  for (const Setting& setting : kSettings) names.emplace_back(setting.key);
  const auto meant = nearest(name, names);
  Place{file, key}.refuse(
      "there is no setting {}; {}", name,
      meant ? fmt::format("did you mean {}?", *meant) : fmt::format("expected one of {}", fmt::join(names, ", ")));
}

}  // namespace

void read_settings(const fs::path& file, BuildOptions& options) {
  const std::string text = read_text_file(file);
  if (const auto problem = encoding_problem(text))
    fail(ErrorCode::corrupt_file, "{}:{}: {}; save the file as UTF-8", file.string(), problem->line, problem->what);
  if (is_too_deep(text)) fail(ErrorCode::corrupt_file, "{}: the settings are nested too deeply", file.string());
  try {
    const YAML::Node settings = YAML::Load(text);
    if (!settings.IsMap() && !settings.IsNull())
      fail(ErrorCode::corrupt_file, "{}: expected settings as `name: value`, found none", file.string());
    for (const auto& entry : settings) apply(entry.first, entry.second, file, options);
  } catch (const YAML::Exception& error) {
    const YamlProblem problem = yaml_problem(text, error);
    fail(ErrorCode::corrupt_file, "{}:{}: {}; {}", file.string(), problem.line, problem.message, problem.suggestion);
  }
}

}  // namespace veneer::docs
