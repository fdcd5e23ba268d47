// One order for pictures as users write it, whichever program takes it: its fields stand in one table, by which a JSON
// object is read here and flags are read by the command line. Free functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"

namespace veneer::service {

/// An adapter file and how strongly it acts.
struct LoraUse {
  std::filesystem::path path;
  double weight = 1;
};

struct Seed {
  std::optional<std::uint64_t> value = 42;  ///< nothing: a random one
};

struct Job {
  std::string prompt, negative_prompt;
  std::string prompt_2, negative_prompt_2, prompt_3, negative_prompt_3;  ///< empty: the first encoder's
  Seed seed;
  std::int64_t steps = 25;
  std::optional<double> guidance_scale;  ///< absent: the family's own
  std::optional<double> true_cfg_scale;  ///< absent: none
  std::int64_t max_sequence_length = 0;  ///< 0: the family's own
  std::int64_t width = 0, height = 0;    ///< 0: the model's own size
  std::int64_t num_images = 1;
  std::string scheduler;  ///< empty: the model's own
  std::vector<LoraUse> loras;
  std::string latents;  ///< file with the first latents; empty: noise from the seed
  std::string output;   ///< empty: veneer-SEED.png
};

struct JobField {
  using Member = std::variant<std::string Job::*, std::int64_t Job::*, std::optional<double> Job::*, Seed Job::*,
                              std::vector<LoraUse> Job::*>;
  std::string_view name;  ///< in JSON
  Member member;
  std::int64_t multiple = 1;  ///< whole numbers are multiples of it, from itself to `most`
  std::int64_t most = INT32_MAX;

  [[nodiscard]] bool allows(std::int64_t value) const { return value >= 1 && value <= most && value % multiple == 0; }
  /// What allows() allows, for messages.
  [[nodiscard]] std::string whole_rule() const;
};

inline constexpr std::string_view kSeedRule = "a whole number from 0 to 18446744073709551615, or -1 for a random one";

std::span<const JobField> job_fields();

/// `defaults` changed by the fields of a JSON object. `where` (file and line) opens the message of an error. Throws
/// Error invalid_argument for unknown fields, values of the wrong type, and an object without a prompt.
Job job_from_json(const Json& json, Job defaults, std::string_view where);

/// What can be known of a job without a model or a file. Throws Error invalid_argument, whose message begins with the
/// field's name: for a scheduler that does not exist, tags that are malformed or stand in the negative prompt, and an
/// output whose extension is none that Veneer writes.
void check_job(const Job& job);

}  // namespace veneer::service
