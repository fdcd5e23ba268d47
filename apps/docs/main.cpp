// veneer-docs: builds, previews, checks and styles a library's documentation.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/error.h"
#include "docs/commands/commands.h"

int main(int argc, char** argv) {
  CLI::App app{"Builds a library's documentation: Markdown pages and the docstrings of its sources, as one site.",
               "veneer-docs"};
  int status = 0;
  veneer::docs::add_build_command(app, status);
  veneer::docs::add_preview_command(app, status);
  veneer::docs::add_style_command(app, status);
  veneer::docs::add_check_command(app, status);
  veneer::docs::add_check_links_command(app, status);
  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty()) {
      fmt::print("{}", app.help());
      return 1;
    }
    return status;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const veneer::Error& error) {
    fmt::print(stderr, "veneer-docs: {}\n", error.what());
    return 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "veneer-docs: {}\n", error.what());
    return 1;
  }
}
