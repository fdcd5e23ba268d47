#include "service/job.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/nearest.h"
#include "base/numbers.h"
#include "pipelines/pipeline.h"
#include "schedulers/scheduler.h"
#include "service/prompt_tags.h"

namespace veneer::service {
namespace {

const JobField kFields[] = {
    {"prompt", &Job::prompt},
    {"negative_prompt", &Job::negative_prompt},
    {"prompt_2", &Job::prompt_2},
    {"negative_prompt_2", &Job::negative_prompt_2},
    {"prompt_3", &Job::prompt_3},
    {"negative_prompt_3", &Job::negative_prompt_3},
    {"seed", &Job::seed},
    {"steps", &Job::steps},
    {"guidance_scale", &Job::guidance_scale},
    {"true_cfg_scale", &Job::true_cfg_scale},
    {"max_sequence_length", &Job::max_sequence_length},
    {"width", &Job::width, 8, pipelines::kLargestSide},
    {"height", &Job::height, 8, pipelines::kLargestSide},
    {"num_images", &Job::num_images, 1, pipelines::kMostImages},
    {"scheduler", &Job::scheduler},
    {"loras", &Job::loras},
    {"latents", &Job::latents},
    {"output", &Job::output},
};

/// One overload a type of field.
struct FromJson {
  Job& job;
  const JobField& field;
  std::string where;  // with the field
  const Json& value;

  void operator()(std::string Job::*member) const {
    require(value.is_string(), "a string");
    job.*member = value.get<std::string>();
  }
  void operator()(std::int64_t Job::*member) const {
    require(value.is_number_integer() && !too_large() && field.allows(value.get<std::int64_t>()), field.whole_rule());
    job.*member = value.get<std::int64_t>();
  }
  void operator()(std::optional<double> Job::*member) const {
    require(value.is_number() && is_finite(value.get<double>()), "a finite number");
    job.*member = value.get<double>();
  }
  void operator()(Seed Job::*member) const {
    require(value.is_number_unsigned() || value == Json(-1), kSeedRule);
    job.*member = {value.is_number_unsigned() ? std::optional(value.get<std::uint64_t>()) : std::nullopt};
  }
  void operator()(std::vector<LoraUse> Job::*member) const {
    constexpr std::string_view kRule = "a list of {\"path\": FILE, \"weight\": NUMBER}";
    require(value.is_array(), kRule);
    (job.*member).clear();
    for (const Json& entry : value) {
      require(entry.is_object() && entry.contains("path") && entry["path"].is_string(), kRule);
      for (const auto& item : entry.items()) require(item.key() == "path" || item.key() == "weight", kRule);
      const Json weight = entry.value("weight", Json(1));
      require(weight.is_number() && is_finite(weight.get<double>()), kRule);
      (job.*member).push_back({entry["path"].get<std::string>(), weight.get<double>()});
    }
  }

  [[nodiscard]] bool too_large() const {
    return value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX};
  }
  void require(bool condition, std::string_view expected) const {
    if (!condition) fail(ErrorCode::invalid_argument, "{}: expected {}, got {}", where, expected, value.dump());
  }
};

}  // namespace

std::span<const JobField> job_fields() {
  return kFields;
}

std::string JobField::whole_rule() const {
  return multiple == 1 ? fmt::format("a whole number from 1 to {}", most)
                       : fmt::format("a multiple of {0} from {0} to {1}", multiple, most);
}

Job job_from_json(const Json& json, Job defaults, std::string_view where) {
  if (!json.is_object()) fail(ErrorCode::invalid_argument, "{}: expected a JSON object, got {}", where, json.dump());
  Job job = std::move(defaults);
  for (const auto& item : json.items()) {
    const auto field = std::ranges::find(kFields, item.key(), &JobField::name);
    if (field == std::end(kFields)) {
      std::vector<std::string> names;
      for (const JobField& known : kFields) names.emplace_back(known.name);
      const auto nearest = nearest_names(item.key(), names, 1);
      fail(ErrorCode::invalid_argument, "{}: unknown field \"{}\"{}", where, item.key(),
           nearest.empty() ? fmt::format("; expected one of {}", fmt::join(names, ", "))
                           : fmt::format("; did you mean \"{}\"?", nearest.front()));
    }
    std::visit(FromJson{job, *field, fmt::format("{}: {}", where, item.key()), item.value()}, field->member);
  }
  if (!json.contains("prompt")) fail(ErrorCode::invalid_argument, "{}: expected a field \"prompt\"", where);
  return job;
}

void check_job(const Job& job) {
  if (!job.scheduler.empty()) schedulers::check_scheduler_name(job.scheduler);
  (void)parse_tags(job.prompt);
  if (has_tag(job.negative_prompt))
    fail(ErrorCode::invalid_argument,
         "negative_prompt: <lora:...>: adapters act on the whole picture: expected the tag in the prompt");
  const std::string extension = std::filesystem::path(job.output).extension().string();
  if (!job.output.empty() && extension != ".png" && extension != ".webp" && extension != ".safetensors")
    fail(ErrorCode::invalid_argument, "output: {}: expected a name that ends in .png, .webp or .safetensors",
         job.output);
}

}  // namespace veneer::service
