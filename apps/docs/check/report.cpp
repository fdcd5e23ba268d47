#include "docs/check/report.h"

#include <fmt/format.h>

#include <map>

#include "base/json.h"

namespace veneer::docs {
namespace {

std::string counted(std::size_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::map<std::string, std::size_t> counts_of(const Findings& findings) {
  std::map<std::string, std::size_t> counts;
  for (const Finding& finding : findings) ++counts[finding.rule];
  return counts;
}

}  // namespace

std::string text_report(const Findings& findings, std::size_t pages) {
  std::string text;
  for (const Finding& finding : findings) text += to_string(finding) + "\n";
  std::string counts;
  for (const auto& [rule, count] : counts_of(findings))
    counts += fmt::format("{}{} {}", counts.empty() ? " (" : ", ", count, rule);
  return text + fmt::format("{} checked: {}{}\n", counted(pages, "page"), counted(findings.size(), "finding"),
                            counts.empty() ? "" : counts + ")");
}

std::string json_report(const Findings& findings, std::size_t pages) {
  Json list = Json::array();
  for (const Finding& finding : findings)
    list.push_back({{"file", finding.where.file},
                    {"line", finding.where.line},
                    {"severity", to_string(finding.severity)},
                    {"rule", finding.rule},
                    {"message", finding.message},
                    {"suggestion", finding.suggestion}});
  const Json report{{"pages", pages}, {"counts", counts_of(findings)}, {"findings", std::move(list)}};
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace veneer::docs
