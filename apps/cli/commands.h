// The commands of `veneer`: each adds its flags to the parser, and what runs when it was chosen.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace veneer::cli {

/// Called after parsing; returns the exit status.
using Run = std::function<int()>;

/// Each sets `run` when its command was given. `run` outlives the parser.
void add_generate(CLI::App& app, Run& run);
void add_inspect(CLI::App& app, Run& run);
void add_sheet(CLI::App& app, Run& run);
void add_bench(CLI::App& app, Run& run);

}  // namespace veneer::cli
