#include "docs/site/feeds.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <compare>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "docs/text/escape.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace fs = std::filesystem;
namespace {

// "v1.10.0" as its numbers, so that it is later than "v1.9.2".
std::vector<int> version_numbers(std::string_view version) {
  std::vector<int> numbers;
  for (std::size_t i = 0; i < version.size();) {
    int number = 0;
    const auto [end, error] = std::from_chars(version.data() + i, version.data() + version.size(), number);
    if (error == std::errc()) {
      numbers.push_back(number);
      i = static_cast<std::size_t>(end - version.data());
    } else {
      ++i;
    }
  }
  return numbers;
}

std::string title_case(std::string_view name) {
  std::string out(name);
  bool start = true;
  for (char& c : out) {
    if (start && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    start = c == ' ' || c == '-' || c == '_';
    if (c == '_') c = ' ';
  }
  return out;
}

std::vector<std::string> folders_in(const fs::path& parent) {
  std::vector<std::string> names;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, error)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && !name.starts_with('_') && !name.starts_with('.') && !name.ends_with(".new") &&
        !name.ends_with(".old") && !name.ends_with(".failed"))
      names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string js_list(std::string_view variable, const std::vector<std::string>& names) {
  std::string out = fmt::format("{}=[", variable);
  for (const std::string& name : names) out += js_string(name) + ",";
  return out + "];\n";
}

void write_if_new(const fs::path& file, const std::string& contents) {
  if (fs::exists(file) && read_text_file(file) == contents) return;
  write_file(file, contents);
}

void add_to_versions_file(const fs::path& file, const BuildOptions& options) {
  YAML::Node list;
  try {
    list = YAML::LoadFile(file.string());
  } catch (const YAML::Exception& error) {
    fail(ErrorCode::corrupt_file, "{}: {}", file.string(), error.what());
  }
  std::vector<std::string> versions;
  for (const YAML::Node& entry : list)
    if (entry.IsMap() && entry["version"]) versions.push_back(entry["version"].as<std::string>());
  if (versions.empty() || versions.front() != options.default_branch)
    fail(ErrorCode::corrupt_file, "{}: expected {} as the first version, got {}", file.string(), options.default_branch,
         versions.empty() ? "none" : versions.front());
  if (std::find(versions.begin(), versions.end(), options.version) != versions.end()) return;
  const auto later = [](const std::string& a, const std::string& b) { return version_numbers(a) > version_numbers(b); };
  versions.insert(std::upper_bound(versions.begin() + 1, versions.end(), options.version, later), options.version);
  std::string out;
  for (const std::string& version : versions) out += fmt::format("- version: {}\n", version);
  write_file(file, out);
}

std::string address_of(const std::string& site, const std::string& page, std::string_view extension) {
  return (site.empty() ? site : site + "/") + percent_encoded(page) + std::string(extension);
}

}  // namespace

std::string site_address(const BuildOptions& options) {
  std::string address = options.site_url;
  while (address.ends_with('/')) address.pop_back();
  constexpr std::string_view kGitHub = "https://github.com/";
  const std::string repository = options.repository_url();
  if (!address.empty() || !repository.starts_with(kGitHub)) return address;
  // GitHub's own place for a repository's pages.
  const std::size_t slash = repository.find('/', kGitHub.size());
  return fmt::format("https://{}.github.io{}/{}/{}/{}", repository.substr(kGitHub.size(), slash - kGitHub.size()),
                     repository.substr(slash), options.library, options.version, options.language);
}

std::string write_llms(const BuildOptions& options, const std::vector<FeedPage>& pages) {
  std::string out = fmt::format("# {}\n\n## Docs\n\n", title_case(options.title));
  const std::string site = site_address(options);
  for (const FeedPage& page : pages) out += fmt::format("- [{}]({})\n", page.title, address_of(site, page.path, ".md"));
  return out;
}

std::string write_llms_full(const BuildOptions& options, const std::vector<FeedPage>& pages) {
  std::string out = write_llms(options, pages);
  const std::string site = site_address(options);
  std::size_t size = 2 * out.size();
  for (const FeedPage& page : pages) size += page.markdown.size() + page.title.size() + site.size() + 32;
  out.reserve(size);
  for (const FeedPage& page : pages) {
    out += fmt::format("\n### {}\n{}\n\n", page.title, address_of(site, page.path, ".md"));
    out += page.markdown;
  }
  return out;
}

std::string write_sitemap(const BuildOptions& options, const std::vector<FeedPage>& pages) {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n";
  const std::string site = site_address(options);
  for (const FeedPage& page : pages)
    out += fmt::format("<url><loc>{}</loc></url>\n", escape_html(address_of(site, page.path, ".html")));
  return out + "</urlset>\n";
}

void update_versions(const BuildOptions& options) {
  const fs::path library = options.build / options.library;
  const fs::path file = library / "_versions.yml";
  if (fs::exists(file) && !options.is_pull_request()) add_to_versions_file(file, options);
  std::vector<std::string> versions = folders_in(library);
  // What pull requests would publish is there to be looked at, not to be chosen.
  std::erase_if(versions, [](const std::string& version) { return version.starts_with("pr_"); });
  // The default branch first, then releases, the newest first.
  std::sort(versions.begin(), versions.end(), [&options](const std::string& a, const std::string& b) {
    if ((a == options.default_branch) != (b == options.default_branch)) return a == options.default_branch;
    return version_numbers(a) > version_numbers(b);
  });
  Json list = Json::array();
  for (const std::string& version : versions)
    list.push_back({{"version", version}, {"languages", folders_in(library / version)}});
  const std::string json = list.dump(-1, ' ', false, Json::error_handler_t::replace);
  write_if_new(library / "versions.json", json + "\n");
  write_if_new(library / "_versions.js",
               "veneerVersions=" + json + ";\n");  // a page from file:// may read a script alone
  write_if_new(library / options.version / "_languages.js",
               js_list("veneerLanguages", folders_in(library / options.version)));
}

}  // namespace veneer::docs
