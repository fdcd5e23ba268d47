#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>

#include "docs/commands/commands.h"
#include "docs/commands/objects.h"
#include "docs/site/build.h"

namespace veneer::docs {
namespace {

struct BuildArguments : SiteArguments {
  std::string mock_deps;
  std::string notebook_dir;
  std::string page_cache;
  bool html = false;
  bool page_cache_write = false;
  bool emit_warning = false;
  bool quiet = false;
};

// The findings, then how many of each rule: long lists end in a count unless all are asked for.
void print_findings(const Findings& findings, std::size_t most_of_a_rule) {
  std::map<std::string, std::size_t> counts;
  for (const Finding& finding : findings) {
    const std::size_t count = ++counts[finding.rule];
    if (finding.severity == Severity::error || count <= most_of_a_rule) fmt::print(stderr, "{}\n", to_string(finding));
  }
  for (const auto& [rule, count] : counts)
    if (count > most_of_a_rule) fmt::print(stderr, "{}: {} in all (--all-findings lists them)\n", rule, count);
}

int run_build(const BuildArguments& arguments, bool all_findings) {
  const auto start = std::chrono::steady_clock::now();
  const BuildOptions options = resolved(arguments);
  if (!arguments.mock_deps.empty())
    fmt::print(stderr, "--mock-deps is not needed: sources are read, nothing is imported\n");
  if (!arguments.page_cache.empty())
    fmt::print(stderr, "--html-page-cache is not needed: the build folder remembers what has changed\n");
  if (!arguments.notebook_dir.empty()) fmt::print(stderr, "--notebook-dir: notebooks are not written by veneer-docs\n");
  BuildResult result = build_site(options, read_objects);
  if (arguments.strict)
    for (Finding& finding : result.findings) finding.severity = Severity::error;
  print_findings(result.findings, all_findings ? result.findings.size() : 10);
  const auto errors = static_cast<std::size_t>(
      std::count_if(result.findings.begin(), result.findings.end(),
                    [](const Finding& finding) { return finding.severity == Severity::error; }));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  fmt::print("{}: {} pages ({} rendered) in {:.0f} ms, {} references linked, {} warnings, {} errors\n",
             result.site.string(), result.pages, result.rendered, seconds * 1000, result.references,
             result.findings.size() - errors, errors);
  for (const std::string& page : result.failed) fmt::print(stderr, "failed: {}\n", page);
  if (result.ok(options.strictness)) return 0;
  if (result.site != options.site) fmt::print(stderr, "{} stays as it was\n", options.site.string());
  return 1;
}

}  // namespace

void add_build_command(CLI::App& app, int& status) {
  auto arguments = std::make_shared<BuildArguments>();
  auto all_findings = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("build", "Build the site of a library's documentation");
  command->add_option("LIB", arguments->options.library, "Name of the library")->required();
  command->add_option("PATH", arguments->options.docs, "Folder of its pages")->required();
  command
      ->add_option("--build-dir,--build_dir", arguments->options.build,
                   "Where sites are built: BUILD/LIB/VERSION/LANGUAGE")
      ->capture_default_str();
  command->add_flag("--clean", arguments->clean, "Delete the site first");
  command->add_flag("--strict", arguments->strict, "Warnings are errors");
  command->add_flag("--all-findings", *all_findings, "List every finding, not only the first of each rule");
  command->add_flag("--html", arguments->html, "Accepted: HTML is always built");
  command->add_flag("--emit-warning,--emit_warning", arguments->emit_warning, "Accepted: warnings are always given");
  command->add_option("--mock-deps,--mock_deps", arguments->mock_deps, "Accepted, not needed: nothing is imported");
  command->add_option("--notebook-dir,--notebook_dir", arguments->notebook_dir, "Accepted: notebooks are not written");
  command->add_option("--html-page-cache,--html_page_cache", arguments->page_cache, "Accepted, not needed");
  command->add_flag("--html-page-cache-write,--html_page_cache_write", arguments->page_cache_write,
                    "Accepted, not needed");
  add_site_options(*command, *arguments);
  command->callback([arguments, all_findings, &status] { status = run_build(*arguments, *all_findings); });
}

}  // namespace veneer::docs
