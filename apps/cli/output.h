// Pictures of one job into files, with the text that says how they were made. Free functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cli/job.h"
#include "pipelines/stable_diffusion.h"

namespace veneer::cli {

/// How A1111 and the tools around it call one of schedulers::scheduler_names(): "euler_ancestral" is "Euler a".
/// Names that they have none for stay as they are.
std::string sampler_name(std::string_view scheduler);

/// The hash by which A1111 knows an adapter: the start of `sshs_model_hash` in the file's metadata, or of the SHA-256
/// of all that follows the file's header. Empty for a folder.
std::string lora_short_hash(const adapters::Adapter& adapter);

struct AppliedLora {
  std::string name;
  float weight = 1;
  std::string short_hash;  ///< lora_short_hash()
};

/// What the text of a picture tells beside its job.
struct Provenance {
  std::string prompt;  ///< without tags
  std::uint64_t seed = 0;
  std::string sampler, model;
  std::vector<AppliedLora> loras;
};

/// A1111's `parameters`: the prompt with a tag for each adapter, the negative prompt, and one line of settings.
std::string parameters_text(const Job& job, const Provenance& provenance, std::int64_t width, std::int64_t height);

/// Writes all pictures, each file whole or not at all. Returns the files' names.
std::vector<std::string> write_pictures(const pipelines::Result& result, const Job& job, const Provenance& provenance);

}  // namespace veneer::cli
