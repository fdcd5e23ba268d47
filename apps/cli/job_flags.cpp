#include "cli/job_flags.h"

#include <algorithm>

#include "base/error.h"
#include "base/numbers.h"
#include "cli/usage_error.h"
#include "service/prompt_tags.h"

namespace veneer::cli {
namespace {

using service::Job;
using service::JobField;
using service::LoraUse;
using service::Seed;

struct JobFlag {
  std::string_view field, flag, argument, help;
};

constexpr JobFlag kFlags[] = {
    {"prompt", "--prompt", "TEXT",
     "What the picture shows. <lora:NAME:WEIGHT> in it applies an adapter of --lora-dir."},
    {"negative_prompt", "--negative-prompt", "TEXT", "What it should not show (default: nothing)."},
    {"prompt_2", "--prompt-2", "TEXT",
     "For the second text encoder of Stable Diffusion XL, 3 and Flux (default: the prompt)."},
    {"negative_prompt_2", "--negative-prompt-2", "TEXT", "For it too (default: the negative prompt)."},
    {"prompt_3", "--prompt-3", "TEXT", "For the third text encoder of Stable Diffusion 3 (default: the prompt)."},
    {"negative_prompt_3", "--negative-prompt-3", "TEXT", "For it too (default: the negative prompt)."},
    {"seed", "--seed", "N",
     "Number that the noise is drawn from, the same as in diffusers with a CPU generator; image i of several uses N+i. "
     "-1: a random one, which is printed (default: 42)."},
    {"steps", "--steps", "N", "Denoising steps (default: 25)."},
    {"guidance_scale", "--guidance-scale", "X",
     "How closely to follow the prompt; 1 or less: no guidance, half the work (default: the model family's own: Stable "
     "Diffusion 7.5, XL 5, 3 7, Flux 3.5)."},
    {"true_cfg_scale", "--true-cfg-scale", "X",
     "Classifier-free guidance of Flux, with a negative prompt; above 1 twice the work (default: none)."},
    {"max_sequence_length", "--max-sequence-length", "N",
     "Tokens of the prompt that T5 sees, up to 512 (default: Stable Diffusion 3 256, Flux 512)."},
    {"width", "--width", "W", "Pixels, a multiple of 8 (default: the model's own)."},
    {"height", "--height", "H", "Pixels, a multiple of 8 (default: the model's own)."},
    {"num_images", "--num-images", "N", "Pictures to make in one batch (default: 1)."},
    {"scheduler", "--scheduler", "NAME",
     "ddim, pndm, euler, euler_ancestral, heun, lms, dpmpp_2m, unipc or lcm, some also with _karras; for Stable "
     "Diffusion 3 and Flux flow_match_euler, flow_match_heun or flow_match_lcm (default: the model's own)."},
    {"loras", "--lora", "FILE[:WEIGHT]",
     "Adapter to apply: a .safetensors file or a folder that peft wrote. Weights may be negative or above 1 (default: "
     "1). May be repeated."},
    {"latents", "--latents", "FILE",
     "Start from the tensor \"latents\" of this .safetensors file, f32 [N,C,H/8,W/8], instead of noise from the seed."},
    {"output", "--output", "FILE",
     "Where to write: .png, .webp (lossless), or .safetensors with \"images\" (f32 [N,3,H,W] in 0..1, not rounded) and "
     "\"latents\". Several pictures become FILE-1.png, FILE-2.png... (default: veneer-SEED.png)."},
};

const JobFlag& flag_of(std::string_view field) {
  return *std::ranges::find(kFlags, field, &JobFlag::field);
}

/// One overload a type of field.
struct FromText {
  Job& job;
  const JobField& field;
  std::string_view text;

  void operator()(std::string Job::*member) const { job.*member = text; }
  void operator()(std::int64_t Job::*member) const {
    const auto value = parse_number<std::int64_t>(text);
    job.*member = require(value && field.allows(*value) ? value : std::nullopt, field.whole_rule());
  }
  void operator()(std::optional<double> Job::*member) const {
    const auto value = parse_number<double>(text);
    job.*member = require(value && is_finite(*value) ? value : std::nullopt, "a finite number");
  }
  void operator()(Seed Job::*member) const {
    job.*member = {text == "-1" ? std::nullopt
                                : std::optional(require(parse_number<std::uint64_t>(text), service::kSeedRule))};
  }
  void operator()(std::vector<LoraUse> Job::*member) const { (job.*member).push_back(parse_lora(text)); }

  template <class T>
  T require(std::optional<T> value, std::string_view expected) const {
    if (!value) fail_usage("{}: expected {}, got \"{}\"", flag_of(field.name).flag, expected, text);
    return *value;
  }
};

}  // namespace

void add_job_flags(CLI::App& command, Job& job) {
  for (const JobField& field : service::job_fields()) {
    const JobFlag& flag = flag_of(field.name);
    const bool repeatable = std::holds_alternative<std::vector<LoraUse> Job::*>(field.member);
    auto* option = command.add_option(
        std::string(flag.flag),
        [&job, &field](const CLI::results_t& values) {
          for (const std::string& value : values) std::visit(FromText{job, field, value}, field.member);
          return true;
        },
        std::string(flag.help));
    option->type_name(std::string(flag.argument))->expected(1);
    option->multi_option_policy(repeatable ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::Throw);
  }
}

LoraUse parse_lora(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const std::string_view file = text.substr(0, colon);
  if (file.empty()) fail_usage("--lora: expected FILE or FILE:WEIGHT, got \"{}\"", text);
  if (colon == text.npos) return {file, 1};
  const std::string_view weight = text.substr(colon + 1);
  if (const auto number = service::parse_weight(weight)) return {file, *number};
  if (file.ends_with(".safetensors") || weight.empty())
    fail_usage("--lora: {}: expected a number as weight, got \"{}\"", file, weight);
  return {text, 1};
}

void check_flags(const Job& job) {
  try {
    service::check_job(job);
  } catch (const Error& error) {
    const std::string_view message = error.what(), field = message.substr(0, message.find(':'));
    fail_usage("{}{}", flag_of(field).flag, message.substr(field.size()));
  }
}

}  // namespace veneer::cli
