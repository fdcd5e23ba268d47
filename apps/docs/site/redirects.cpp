#include "docs/site/redirects.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "docs/text/unicode.h"
#include "docs/text/yaml_text.h"

namespace veneer::docs {
namespace {

bool stays_inside(const std::string& path) {
  const std::string normal = normal_path(path);
  return !normal.empty() && normal == path && !normal.starts_with("..") &&
         path.find_first_of("\\\n\"<>") == std::string::npos;
}

std::string suggestion_for(const Redirect& redirect, const SiteMap& site) {
  const auto page = nearest_path(redirect.to, site.page_names);
  return page ? fmt::format("did you mean `{}: {}`?", redirect.from, *page) : "remove the line";
}

}  // namespace

bool is_web_address(std::string_view address) {
  return address.starts_with("http://") || address.starts_with("https://");
}

std::vector<Redirect> read_redirects(const std::filesystem::path& file, const std::string& name, Findings& findings) {
  std::vector<Redirect> redirects;
  if (!std::filesystem::exists(file)) return redirects;
  const std::string text = read_text_file(file);
  const auto refuse = [&](int line, std::string message, std::string suggestion) {
    findings.push_back(
        finding_at({name, line}, Severity::error, "bad-redirects", std::move(message), std::move(suggestion)));
  };
  if (const auto problem = encoding_problem(text)) {
    refuse(problem->line, "the file is not UTF-8: " + problem->what, "save it as UTF-8");
    return redirects;
  }
  if (is_too_deep(text)) {
    refuse(1, "the file is nested too deeply", "write one `old: new` a line");
    return redirects;
  }
  try {
    const YAML::Node lines = YAML::Load(text);
    if (!lines.IsMap() && !lines.IsNull()) refuse(1, "expected moved pages, found none", "write one `old: new` a line");
    if (!lines.IsMap()) return redirects;
    for (const auto& entry : lines) {
      const int line = entry.first.Mark().line + 1;
      if (entry.first.IsScalar() && entry.second.IsScalar())
        redirects.push_back({entry.first.Scalar(), entry.second.Scalar(), {name, line}});
      else
        refuse(line, "a page moves to one other page", "write one `old: new` a line");
    }
  } catch (const YAML::Exception& error) {
    YamlProblem problem = yaml_problem(text, error);
    refuse(problem.line, std::move(problem.message), std::move(problem.suggestion));
  }
  return redirects;
}

void add_redirects(std::vector<Redirect>& redirects, SiteMap& site, Findings& findings) {
  const auto leads_on = [&site](const Redirect& redirect) {
    if (!stays_inside(redirect.from)) return false;
    if (is_web_address(redirect.to)) return true;
    const auto page = site.page(redirect.to);
    if (page) site.pages.emplace(redirect.from, *page);
    return page.has_value();
  };
  std::vector<Redirect> good, rest = std::move(redirects);
  for (bool found = true; found;) {
    const auto dangling = std::stable_partition(rest.begin(), rest.end(), leads_on);
    found = dangling != rest.begin();
    good.insert(good.end(), rest.begin(), dangling);
    rest.erase(rest.begin(), dangling);
  }
  for (const Redirect& redirect : rest) {
    if (!stays_inside(redirect.from)) {
      findings.push_back(finding_at(redirect.where, Severity::warning, "bad-redirects",
                                    fmt::format("`{}` can be no page of this site", redirect.from),
                                    "write the old path from the folder of the pages, without extension"));
      continue;
    }
    findings.push_back(finding_at(redirect.where, Severity::warning, "bad-redirects",
                                  fmt::format("`{}: {}` leads to no page", redirect.from, redirect.to),
                                  suggestion_for(redirect, site)));
  }
  redirects = std::move(good);
}

}  // namespace veneer::docs
