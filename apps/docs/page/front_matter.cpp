#include "docs/page/front_matter.h"

#include "docs/text/unicode.h"
#include "docs/text/yaml_text.h"

namespace veneer::docs {
namespace {

// The number of the closing line; 0: the lines are no settings.
std::size_t closing_line(const std::vector<std::string_view>& lines) {
  constexpr std::size_t kMostLines = 200;
  if (lines.size() < 3 || trim(lines[0]) != "---" || lines[0].starts_with(' ')) return 0;
  const std::size_t colon = lines[1].find(':');
  const std::string_view key = lines[1].substr(0, colon);
  if (colon == std::string_view::npos || key.empty() || key.find_first_of(" \t#*`[<") != std::string_view::npos)
    return 0;
  for (std::size_t i = 2; i < std::min(lines.size(), kMostLines); ++i)
    if (trim(lines[i]) == "---" || trim(lines[i]) == "...") return i;
  return 0;
}

}  // namespace

FrontMatter read_front_matter(const std::vector<std::string_view>& lines, const SourcePosition& where,
                              Findings& findings) {
  FrontMatter front;
  const std::size_t end = closing_line(lines);
  if (end == 0) return front;
  front.lines = end + 1;
  std::string yaml;
  for (std::size_t i = 1; i < end; ++i) yaml.append(lines[i]).append("\n");
  const auto refuse = [&](int line, std::string message, std::string suggestion) {
    findings.push_back(finding_at({where.file, where.line + line}, Severity::warning, "bad-front-matter",
                                  std::move(message), std::move(suggestion)));
  };
  if (is_too_deep(yaml)) {
    refuse(1, "the page's settings are nested too deeply", "write `title: ...`");
    return front;
  }
  try {
    const YAML::Node settings = YAML::Load(yaml);
    for (const auto& [key, value] : {std::pair("title", &front.title), std::pair("description", &front.description)})
      if (const YAML::Node node = settings.IsMap() ? settings[key] : YAML::Node(); node && node.IsScalar())
        *value = trim(node.Scalar());
  } catch (const YAML::Exception& error) {
    YamlProblem problem = yaml_problem(yaml, error);
    refuse(problem.line, std::move(problem.message), std::move(problem.suggestion));
  }
  return front;
}

}  // namespace veneer::docs
