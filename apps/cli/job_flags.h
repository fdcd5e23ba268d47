// The fields of a job as flags: which there are, and how their values are read.
#pragma once

#include <CLI/CLI.hpp>
#include <string_view>

#include "service/job.h"

namespace veneer::cli {

/// Each sets a field of `job`, or throws UsageError. `job` outlives the parser.
void add_job_flags(CLI::App& command, service::Job& job);

/// "FILE" or "FILE:WEIGHT". What follows the last colon is a weight if it is a number, or must be one if a
/// .safetensors file stands before it; otherwise the colon belongs to the file's name. Throws UsageError.
service::LoraUse parse_lora(std::string_view text);

/// service::check_job for a job of flags: throws UsageError, which names the flag.
void check_flags(const service::Job& job);

}  // namespace veneer::cli
