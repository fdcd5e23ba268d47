#include "cli/job.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/nearest.h"
#include "cli/numbers.h"
#include "cli/usage_error.h"
#include "pipelines/stable_diffusion.h"

namespace veneer::cli {
namespace {

constexpr std::string_view kSeedRule = "a whole number from 0 to 18446744073709551615, or -1 for a random one";

const JobField kFields[] = {
    {"prompt", "--prompt", "TEXT", "What the picture shows. <lora:NAME:WEIGHT> in it applies an adapter of --lora-dir.",
     &Job::prompt},
    {"negative_prompt", "--negative-prompt", "TEXT", "What it should not show (default: nothing).",
     &Job::negative_prompt},
    {"seed", "--seed", "N",
     "Number that the noise is drawn from, the same as in diffusers with a CPU generator; image i of several uses N+i. "
     "-1: a random one, which is printed (default: 42).",
     &Job::seed},
    {"steps", "--steps", "N", "Denoising steps (default: 25).", &Job::steps},
    {"guidance_scale", "--guidance-scale", "X",
     "How closely to follow the prompt; 1 or less: no guidance, half the work (default: 7.5).", &Job::guidance_scale},
    {"width", "--width", "W", "Pixels, a multiple of 8 (default: the model's own).", &Job::width, 8,
     pipelines::kLargestSide},
    {"height", "--height", "H", "Pixels, a multiple of 8 (default: the model's own).", &Job::height, 8,
     pipelines::kLargestSide},
    {"num_images", "--num-images", "N", "Pictures to make in one batch (default: 1).", &Job::num_images, 1,
     pipelines::kMostImages},
    {"scheduler", "--scheduler", "NAME",
     "ddim, pndm, euler, euler_ancestral, heun, lms, dpmpp_2m, unipc or lcm; some also with _karras (default: the "
     "model's own).",
     &Job::scheduler},
    {"loras", "--lora", "FILE[:WEIGHT]",
     "Adapter to apply: a .safetensors file or a folder that peft wrote. Weights may be negative or above 1 (default: "
     "1). May be repeated.",
     &Job::loras},
    {"latents", "--latents", "FILE",
     "Start from the tensor \"latents\" of this .safetensors file, f32 [N,4,H/8,W/8], instead of noise from the seed.",
     &Job::latents},
    {"output", "--output", "FILE",
     "Where to write: .png, .webp (lossless), or .safetensors with \"images\" (f32 [N,3,H,W] in 0..1, not rounded) and "
     "\"latents\". Several pictures become FILE-1.png, FILE-2.png... (default: veneer-SEED.png).",
     &Job::output},
};

/// What an integer field takes, for messages.
std::string whole_rule(const JobField& field) {
  return field.multiple == 1 ? fmt::format("a whole number from 1 to {}", field.most)
                             : fmt::format("a multiple of {0} from {0} to {1}", field.multiple, field.most);
}

bool follows_whole_rule(std::int64_t value, const JobField& field) {
  return value >= 1 && value <= field.most && value % field.multiple == 0;
}

/// One overload a type of field.
struct FromText {
  Job& job;
  const JobField& field;
  std::string_view text;

  void operator()(std::string Job::*member) const { job.*member = text; }
  void operator()(std::int64_t Job::*member) const {
    const auto value = parse_number<std::int64_t>(text);
    const bool good = value && follows_whole_rule(*value, field);
    job.*member = require(good ? value : std::nullopt, whole_rule(field));
  }
  void operator()(double Job::*member) const {
    const auto value = parse_number<double>(text);
    job.*member = require(value && is_finite(*value) ? value : std::nullopt, "a finite number");
  }
  void operator()(Seed Job::*member) const {
    job.*member = {text == "-1" ? std::nullopt : std::optional(require(parse_number<std::uint64_t>(text), kSeedRule))};
  }
  void operator()(std::vector<LoraUse> Job::*member) const { (job.*member).push_back(parse_lora(text)); }

  template <class T>
  T require(std::optional<T> value, std::string_view expected) const {
    if (!value) fail_usage("{}: expected {}, got \"{}\"", field.flag, expected, text);
    return *value;
  }
};

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
    require(value.is_number_integer() && !too_large() && follows_whole_rule(value.get<std::int64_t>(), field),
            whole_rule(field));
    job.*member = value.get<std::int64_t>();
  }
  void operator()(double Job::*member) const {
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

void set_from_text(Job& job, const JobField& field, std::string_view text) {
  std::visit(FromText{job, field, text}, field.member);
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

void check_output(const std::string& output) {
  const std::string extension = std::filesystem::path(output).extension().string();
  if (!output.empty() && extension != ".png" && extension != ".webp" && extension != ".safetensors")
    fail_usage("--output: {}: expected a name that ends in .png, .webp or .safetensors", output);
}

}  // namespace veneer::cli
