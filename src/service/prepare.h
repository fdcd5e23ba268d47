// From a job to a request that a pipeline can run. A free function.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "adapters/bind.h"
#include "pipelines/pipeline.h"
#include "service/job.h"
#include "service/provenance.h"

namespace veneer::service {

/// What the jobs of one program share.
struct Settings {
  std::string model_name;          ///< for the text in a picture
  std::filesystem::path lora_dir;  ///< where the adapters are that prompts name; empty: nowhere
  adapters::AdapterMode adapter_mode = adapters::AdapterMode::automatic;
};

struct Prepared {
  pipelines::Request request;
  Provenance provenance;
  double load_seconds = 0;  ///< of the adapters' files
  std::vector<std::string> warnings;
};

/// Checks the job, finds and loads its adapters and its latents. Thread-safe. Throws Error as check_job,
/// check_output_place, find_lora and Pipeline::load_adapter do, and invalid_argument for a tag where there is no
/// lora_dir.
Prepared prepare(const Job& job, pipelines::Pipeline& pipeline, const Settings& settings);

}  // namespace veneer::service
