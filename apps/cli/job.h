// One order for pictures as users write it: by flags, or as a line of JSON. The fields stand in one table, from which
// both are read and the help is made.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "cli/loras.h"

namespace veneer::cli {

struct Seed {
  std::optional<std::uint64_t> value = 42;  ///< nothing: a random one
};

struct Job {
  std::string prompt, negative_prompt;
  Seed seed;
  std::int64_t steps = 25;
  double guidance_scale = 7.5;
  std::int64_t width = 0, height = 0;  ///< 0: the model's own size
  std::int64_t num_images = 1;
  std::string scheduler;  ///< empty: the model's own
  std::vector<LoraUse> loras;
  std::string latents;  ///< file with the first latents; empty: noise from the seed
  std::string output;   ///< empty: veneer-SEED.png
};

struct JobField {
  using Member =
      std::variant<std::string Job::*, std::int64_t Job::*, double Job::*, Seed Job::*, std::vector<LoraUse> Job::*>;
  std::string_view name;      ///< in JSON
  std::string_view flag;      ///< on the command line
  std::string_view argument;  ///< in the help
  std::string_view help;
  Member member;
  std::int64_t multiple = 1;  ///< whole numbers are multiples of it, from itself to `most`
  std::int64_t most = INT32_MAX;
};

std::span<const JobField> job_fields();

/// Sets a field from a flag's value; adapters are added to those that are there. Throws UsageError, which names the
/// flag.
void set_from_text(Job& job, const JobField& field, std::string_view text);

/// `defaults` changed by the fields of a JSON object. `where` (file and line) opens the message of an error. Throws
/// Error invalid_argument for unknown fields, values of the wrong type, and a line without a prompt.
Job job_from_json(const Json& json, Job defaults, std::string_view where);

/// Throws UsageError for an output whose extension is none that Veneer writes.
void check_output(const std::string& output);

}  // namespace veneer::cli
