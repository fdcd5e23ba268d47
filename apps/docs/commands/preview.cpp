#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include "base/error.h"
#include "docs/commands/commands.h"
#include "docs/commands/objects.h"
#include "docs/preview/server.h"
#include "docs/site/state.h"
#include "docs/style/code_format.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

struct PreviewArguments : SiteArguments {
  int port = 3000;
  bool open = false;
  std::string mock_deps;
};

// Sites of previews are kept between sessions, so that the next one starts with them.
fs::path preview_folder(const fs::path& docs) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  fs::path folder = cache != nullptr && *cache != 0 ? fs::path(cache)
                    : home != nullptr && *home != 0 ? fs::path(home) / ".cache"
                                                    : fs::temp_directory_path();
  return folder / "veneer-docs" / fmt::format("{:016x}", hash_bytes(fs::absolute(docs).lexically_normal().string()));
}

int run_preview(PreviewArguments arguments) {
  if (arguments.options.build.empty()) arguments.options.build = preview_folder(arguments.options.docs);
  // Signals are taken by the thread that waits for them, and no other.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  PythonModuleCache modules;
  const auto read_changed = [&modules](const BuildOptions& options, Findings& findings) {
    return read_objects_again(options, findings, modules);
  };
  Preview preview(resolved(arguments), read_changed, [](const std::string& line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
  });
  PreviewServer server(preview, arguments.port);
  const std::string address = fmt::format("http://localhost:{}", server.port());
  std::thread serving([&server] { server.run(); });
  preview.start();
  fmt::print("{} (Ctrl+C ends the preview)\n", address);
  std::fflush(stdout);
  if (arguments.open) {
    try {
      if (run_process({"xdg-open", address}, "").status != 0) fmt::print(stderr, "xdg-open could not open it\n");
    } catch (const Error& error) {
      fmt::print(stderr, "{}\n", error.what());
    }
  }
  int signal = 0;
  sigwait(&signals, &signal);
  preview.stop();
  server.stop();
  serving.join();
  return 0;
}

}  // namespace

void add_preview_command(CLI::App& app, int& status) {
  auto arguments = std::make_shared<PreviewArguments>();
  arguments->options.version = "main";
  arguments->options.build.clear();
  CLI::App* command = app.add_subcommand("preview", "Show the site on this machine, and every change as it is made");
  command->add_option("LIB", arguments->options.library, "Name of the library")->required();
  command->add_option("PATH", arguments->options.docs, "Folder of its pages")->required();
  command->add_option("--port", arguments->port, "Port to listen on (0: any)")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  command->add_flag("--open", arguments->open, "Open it in the browser");
  command->add_option("--build-dir,--build_dir", arguments->options.build,
                      "Where the site is built (default: a folder of the user's cache)");
  command->add_option("--mock-deps,--mock_deps", arguments->mock_deps, "Accepted, not needed: nothing is imported");
  add_site_options(*command, *arguments);
  command->callback([arguments, &status] { status = run_preview(*arguments); });
}

}  // namespace veneer::docs
