#include "docs/check/samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json.h"
#include "docs/check/python_sample.h"
#include "docs/text/unicode.h"
#include "docs/text/yaml_text.h"

namespace veneer::docs {
namespace {

// Comments may stand in JSON that is shown, and "..." for what is left out.
std::optional<int> first_bad_json_line(std::string_view code) {
  if (code.find("...") != std::string_view::npos || code.find("\u2026") != std::string_view::npos) return std::nullopt;
  try {
    [[maybe_unused]] const Json document = Json::parse(code, nullptr, true, true);
    return std::nullopt;
  } catch (const Json::parse_error& error) {
    const auto end = code.begin() + static_cast<std::ptrdiff_t>(std::min(error.byte, code.size()));
    const auto line = static_cast<int>(std::count(code.begin(), end, '\n')) + 1;
    return std::min(line, static_cast<int>(split_lines(code).size()));
  }
}

std::optional<int> first_bad_yaml_line(std::string_view code) {
  if (is_too_deep(code)) return 1;
  try {
    YAML::LoadAll(std::string(code));
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    return std::clamp(error.mark.line + 1, 1, static_cast<int>(split_lines(code).size()));
  }
}

struct Checker {
  std::string_view names;  ///< of the language, each between spaces; it is called by the first
  std::string_view title;
  std::optional<int> (*first_bad_line)(std::string_view code);
};
constexpr std::array<Checker, 3> kCheckers{{{" py python python3 py3 ", "Python", first_bad_python_line},
                                            {" json ", "JSON", first_bad_json_line},
                                            {" yaml yml ", "YAML", first_bad_yaml_line}}};

}  // namespace

std::optional<Finding> check_sample(const CodeSample& sample) {
  const std::string name = fmt::format(" {} ", sample.language);
  const auto* checker = std::find_if(kCheckers.begin(), kCheckers.end(), [&name](const Checker& one) {
    return one.names.find(name) != std::string_view::npos;
  });
  if (checker == kCheckers.end() || trim(sample.text).empty()) return std::nullopt;
  const std::optional<int> bad = checker->first_bad_line(sample.text);
  if (!bad) return std::nullopt;
  SourcePosition where = sample.where;
  where.line += *bad - 1;
  const std::string_view line = trim(split_lines(sample.text)[static_cast<std::size_t>(*bad - 1)]);
  return finding_at(where, Severity::warning, "bad-sample",
                    fmt::format("this is not valid {}: `{}`", checker->title, line),
                    "correct it, or say what it is where the block begins: ```text");
}

}  // namespace veneer::docs
