// Pictures of one job into files. Free functions.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipelines/pipeline.h"
#include "service/job.h"
#include "service/provenance.h"

namespace veneer::service {

/// Throws Error not_found if a file of this name has no folder to stand in, invalid_argument if it is a folder itself.
void check_output_place(const std::filesystem::path& output);

/// Writes all pictures, each file whole or not at all. Returns the files' names.
std::vector<std::string> write_pictures(const pipelines::Result& result, const Job& job, const Provenance& provenance);

}  // namespace veneer::service
