// The commands of veneer-docs, as the command line names them. One thread.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "docs/site/options.h"

namespace veneer::docs {

/// Each adds its subcommand; what it runs gives the exit status.
void add_build_command(CLI::App& app, int& status);
void add_check_command(CLI::App& app, int& status);
/// doc-builder's check-links: the same, of links alone.
void add_check_links_command(CLI::App& app, int& status);
void add_preview_command(CLI::App& app, int& status);
void add_style_command(CLI::App& app, int& status);

/// The options that build, check and preview share, in both spellings (--build-dir and --build_dir).
struct SiteArguments {
  BuildOptions options;
  bool not_python_module = false;
  bool clean = false;
  bool strict = false;
  std::string raw_html = "sanitized";
  std::string source_kind;
};
void add_site_options(CLI::App& command, SiteArguments& arguments);
/// Puts the arguments together and looks at the docs folder. Throws Error.
BuildOptions resolved(SiteArguments arguments);

}  // namespace veneer::docs
