// Code samples in documentation, formatted by the programs that projects use for it. Stateless, but for running them.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace veneer::docs {

/// A formatter of one language: code and line length in, code out; throws Error if it does not understand the code.
using Formatter = std::function<std::string(std::string_view code, std::size_t width)>;

/// `ruff format`, else `black`; nothing if neither is installed.
std::optional<Formatter> find_python_formatter();
/// `clang-format` (of any version) with the .clang-format above `folder`, else Google's style; nothing if not
/// installed.
std::optional<Formatter> find_cpp_formatter(const std::filesystem::path& folder);

/// Placeholders that are no code ("{model_class}") and what stands for them while it is formatted.
using AvoidPatterns = std::vector<std::pair<std::string, std::string>>;

/// A Python sample: without its common indentation; of a session (">>> ") each run of inputs by itself, four characters
/// narrower, with its prompts put back; what it printed is kept.
std::string format_python_sample(std::string_view code, std::size_t width, const Formatter& formatter,
                                 const AvoidPatterns& avoid = {});

struct ProcessResult {
  int status = 0;
  std::string output, errors;
};
/// Runs a program (looked for in PATH) with `input` on its standard input. Throws Error internal if it cannot be run.
ProcessResult run_process(const std::vector<std::string>& command, std::string_view input);

}  // namespace veneer::docs
