#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

#include "docs/check/report.h"
#include "docs/check/samples.h"
#include "docs/commands/commands.h"
#include "docs/commands/objects.h"
#include "docs/site/build.h"

namespace veneer::docs {
namespace {

struct CheckArguments : SiteArguments {
  std::string format;
  int max_workers = 0;
  bool no_progress = false;
};

constexpr const char* kCheckFooter = R"(What it finds, by rule:
  broken-link, broken-anchor, missing-image, missing-alt, refused-address   links and images
  unknown-reference, undocumented-reference, unlinked-package, unknown-object, repeated-object   symbols
  missing-page, unlisted-page, repeated-page, bad-toctree   _toctree.yml
  duplicate-id, skipped-level   headings and anchors
  bad-sample   Python, JSON and YAML that do not parse; nothing is run
  unclosed-fence, unknown-language   code blocks
  not-utf8, unclosed-html, bad-table, unknown-alert, unknown-footnote, unused-footnote   what would be lost
  unknown-parameter, undescribed-parameter, wrong-default, needless-default, missing-optional, no-sentence
                 Python's docstrings beside the signatures
  large-image    files that weigh down the repository
  bad-move, bad-redirects   sections and pages that have moved
and what else a build would warn of. `checks: {RULE: off}` in veneer-docs.yml switches a warning off.

One line a finding: FILE:LINE: warning: MESSAGE [RULE]; SUGGESTION
JSON: {"pages", "counts": {RULE: number},
       "findings": [{"file", "line", "severity", "rule", "message", "suggestion"}]}
Writes no files. Exit status: 0 nothing found, 1 something found, 2 wrong use.)";

CLI::Option* add_path(CLI::App& command, CheckArguments& arguments) {
  return command.add_option("PATH", arguments.options.docs, "Folder of the pages")
      ->required()
      ->check(CLI::ExistingDirectory);
}

int run_check(const CheckArguments& arguments) {
  const BuildResult result = check_site(resolved(arguments), read_objects, check_sample);
  const auto report = arguments.format == "json" ? json_report : text_report;
  fmt::print("{}", report(result.findings, result.pages));
  return result.findings.empty() ? 0 : 1;
}

bool is_of_a_link(const Finding& finding) {
  static constexpr std::array<std::string_view, 3> kRules{"broken-anchor", "broken-link", "missing-image"};
  return std::find(kRules.begin(), kRules.end(), finding.rule) != kRules.end();
}

int run_check_links(const CheckArguments& arguments) {
  BuildResult result = check_site(resolved(arguments), read_objects, check_sample);
  std::erase_if(result.findings, [](const Finding& finding) { return !is_of_a_link(finding); });
  if (arguments.format == "list")
    for (const Finding& finding : result.findings)
      fmt::print("{}:{} - {}\n", finding.where.file, finding.where.line, finding.message);
  else
    fmt::print("{}", text_report(result.findings, result.pages));
  return result.findings.empty() ? 0 : 1;
}

}  // namespace

void add_check_command(CLI::App& app, int& status) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command = app.add_subcommand(
      "check", "Look for what is wrong with the pages: links, anchors, images, symbols, the toctree, code samples");
  command->footer(kCheckFooter);
  add_path(*command, *arguments);
  command->add_option("--library", arguments->options.library,
                      "Name of the library (default: `library` of veneer-docs.yml, else of the Python package that is "
                      "found, else of the repository)");
  command->add_option("--format", arguments->format, "text, or one JSON document")
      ->check(CLI::IsMember({"text", "json"}))
      ->default_val("text");
  add_site_options(*command, *arguments);
  command->callback([arguments, &status] { status = run_check(*arguments); });
}

void add_check_links_command(CLI::App& app, int& status) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command = app.add_subcommand("check-links", "Look for broken links alone");
  add_path(*command, *arguments);
  command->add_option("--format", arguments->format, "detailed, or list: file:line and what is wrong")
      ->check(CLI::IsMember({"detailed", "list"}))
      ->default_val("detailed");
  command->add_option("--max-workers,--max_workers", arguments->max_workers, "Accepted: all cores are used");
  command->add_flag("--no-progress,--no_progress", arguments->no_progress, "Accepted: no progress is shown");
  command->callback([arguments, &status] { status = run_check_links(*arguments); });
}

}  // namespace veneer::docs
