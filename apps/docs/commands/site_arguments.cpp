#include "docs/commands/commands.h"

namespace veneer::docs {

void add_site_options(CLI::App& command, SiteArguments& arguments) {
  BuildOptions& options = arguments.options;
  command.add_option("--language", options.language, "Language of the pages")->capture_default_str();
  command.add_option(
      "--version", options.version,
      "Version to build (default: the library's own, \"main\" for a dev version; pr_123: of a pull request)");
  command.add_option("--source-root,--source_root", options.source_root,
                     "Folder of the library's sources (default: looked for above the pages)");
  command
      .add_option("--source-language,--source_language", arguments.source_kind,
                  "python or cpp (default: the settings', else python)")
      ->check(CLI::IsMember({"python", "cpp"}));
  command.add_flag("--not-python-module,--not_python_module", arguments.not_python_module,
                   "Pages only, no sources to document");
  command
      .add_option("--version-tag-suffix,--version_tag_suffix", options.version_tag_suffix,
                  "Folder of the sources in links to them")
      ->capture_default_str();
  command.add_option(
      "--repo-owner,--repo_owner", options.repo_owner,
      "Owner of the repository on GitHub (default: the settings', else of the checkout's origin; empty: no links)");
  command.add_option("--repo-name,--repo_name", options.repo_name, "Name of the repository (default: LIB)");
  command.add_option("--site-url,--site_url", options.site_url,
                     "Address the site will have, for sitemap.xml and llms.txt");
  command.add_option("--raw-html,--raw_html", arguments.raw_html, "Whether tags of the pages may run scripts")
      ->check(CLI::IsMember({"sanitized", "trusted"}))
      ->capture_default_str();
}

BuildOptions resolved(SiteArguments arguments) {
  BuildOptions options = std::move(arguments.options);
  if (arguments.source_kind == "python") options.source_kind = SourceKind::python;
  if (arguments.source_kind == "cpp") options.source_kind = SourceKind::cpp;
  if (arguments.not_python_module) options.source_kind = SourceKind::none;
  if (arguments.raw_html == "trusted") options.raw_html = RawHtml::trusted;
  if (arguments.clean) options.existing = BuildOptions::Existing::clean;
  if (arguments.strict) options.strictness = BuildOptions::Strictness::strict;
  resolve_options(options);
  return options;
}

}  // namespace veneer::docs
