// The text in a picture that says how it was made. Free functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "service/job.h"

namespace veneer::service {

/// How A1111 and the tools around it call one of schedulers::scheduler_names(): "euler_ancestral" is "Euler a".
/// Names that they have none for stay as they are.
std::string sampler_name(std::string_view scheduler);

struct AppliedLora {
  std::string name;
  float weight = 1;
  std::string short_hash;  ///< adapters::short_hash()
};

/// What the text of a picture tells beside its job.
struct Provenance {
  std::string prompt;  ///< without tags
  std::uint64_t seed = 0;
  double guidance_scale = 0;
  std::string sampler, model;
  std::vector<AppliedLora> loras;
};

/// A1111's `parameters`: the prompt with a tag for each adapter, the negative prompt, and one line of settings.
std::string parameters_text(const Job& job, const Provenance& provenance, std::int64_t width, std::int64_t height);

}  // namespace veneer::service
