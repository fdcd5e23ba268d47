// veneer COMMAND: finds the command, runs it, and turns what it throws into a message and an exit status:
// 0 done, 1 failed, 2 a command line that makes no sense, 130 interrupted.
#include <cstdio>
#include <exception>
#include <new>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/usage_error.h"

namespace {

constexpr int kFailed = 1, kUsage = 2;

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
    throw UsageError(error.what());
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
