// veneer COMMAND: finds the command, runs it, and turns what it throws into a message and an exit status:
// 0 done, 1 failed, 2 a command line that makes no sense, 130 interrupted.
#include <fmt/ranges.h>

#include <cstdio>
#include <exception>
#include <new>

#include "base/error.h"
#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/usage_error.h"

namespace {

constexpr int kFailed = 1, kUsage = 2;

using veneer::cli::fail_usage;

[[noreturn]] void refuse_command(const std::string& word, const std::vector<std::string>& commands) {
  const auto nearest = veneer::nearest_names(word, commands, 1);
  if (nearest.empty()) fail_usage("unknown command {}; expected one of {}", word, fmt::join(commands, ", "));
  fail_usage("unknown command {}; did you mean {}?", word, nearest.front());
}

[[noreturn]] void refuse_flag(const CLI::App& command, const std::string& word) {
  std::vector<std::string> flags;  // without the dashes, which all have in common
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) flags.push_back(name);
  const auto nearest = veneer::nearest_names(word.substr(word.find_first_not_of('-')), flags, 1);
  if (nearest.empty()) fail_usage("unknown flag {}; expected one of --{}", word, fmt::join(flags, ", --"));
  fail_usage("unknown flag {}; did you mean --{}?", word, nearest.front());
}

/// CLI11 knows that a line makes no sense; this says which word of it, and what may have been meant.
[[noreturn]] void refuse_line(const CLI::App& app, const CLI::ParseError& error) {
  const auto given = app.get_subcommands();
  if (given.empty()) {
    std::vector<std::string> commands;
    for (const CLI::App* command : app.get_subcommands({})) commands.push_back(command->get_name());
    const auto words = app.remaining();
    if (words.empty() || words[0].starts_with('-')) fail_usage("expected a command: {}", fmt::join(commands, ", "));
    refuse_command(words[0], commands);
  }
  for (const std::string& word : given[0]->remaining())
    if (word.starts_with('-') && word.find_first_not_of('-') != word.npos) refuse_flag(*given[0], word);
  throw veneer::cli::UsageError(error.what());
}

int run(int argc, char** argv) {
  using namespace veneer::cli;
  CLI::App app("Stable Diffusion on CPUs: compiled once, adapters swapped while it runs.", "veneer");
  app.require_subcommand(1);
  app.set_version_flag("--version", "veneer " VENEER_VERSION);
  Run command;
  add_generate(app, command);
  add_inspect(app, command);
  add_bench(app, command);
  add_sheet(app, command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    refuse_line(app, error);
  }
  return command();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const veneer::cli::UsageError& error) {
    fmt::print(stderr, "veneer: {}\nTry: veneer --help, or veneer COMMAND --help\n", error.what());
    return kUsage;
  } catch (const veneer::Error& error) {
    fmt::print(stderr, "veneer: {}\n", error.what());
    return error.code() == veneer::ErrorCode::cancelled ? veneer::cli::kInterruptedStatus : kFailed;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "veneer: out of memory\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "veneer: {}\n", error.what());
  }
  return kFailed;
}
