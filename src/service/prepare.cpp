#include "service/prepare.h"

#include <fmt/ranges.h>

#include <chrono>
#include <random>

#include "adapters/short_hash.h"
#include "base/error.h"
#include "checkpoint/checkpoint.h"
#include "schedulers/scheduler.h"
#include "service/find_lora.h"
#include "service/output.h"
#include "service/prompt_tags.h"

namespace veneer::service {
namespace {

std::vector<LoraUse> all_loras(const Job& job, const std::vector<LoraTag>& tags, const Settings& settings) {
  std::vector<LoraUse> loras = job.loras;
  if (!tags.empty() && settings.lora_dir.empty())
    fail(ErrorCode::invalid_argument, "prompt: <lora:{}>: there is no folder of adapters to find it in",
         tags.front().name);
  for (const LoraTag& tag : tags) loras.push_back({find_lora(settings.lora_dir, tag.name), tag.weight});
  return loras;
}

/// "prompt: taken as plain words: "(castle:1.3)"...", if there is anything.
void warn_of_syntax(std::string_view field, std::string_view text, std::vector<std::string>& warnings) {
  std::vector<std::string> quoted;
  for (const std::string& part : special_syntax(text)) quoted.push_back(fmt::format("\"{}\"", part));
  if (!quoted.empty())
    warnings.push_back(
        fmt::format("{}: taken as plain words, because weights, alternatives and BREAK are not supported "
                    "yet: {}",
                    field, fmt::join(quoted, ", ")));
}

}  // namespace

Prepared prepare(const Job& job, pipelines::Pipeline& pipeline, const Settings& settings) {
  check_job(job);
  check_output_place(job.output);
  const TaggedPrompt prompt = parse_tags(job.prompt);
  const std::vector<LoraUse> loras = all_loras(job, prompt.tags, settings);

  Prepared prepared;
  pipelines::Request& request = prepared.request;
  const auto start = std::chrono::steady_clock::now();
  for (const auto& [path, weight] : loras)
    request.adapters.push_back({pipeline.load_adapter(path), static_cast<float>(weight)});
  prepared.load_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  warn_of_syntax("prompt", prompt.text, prepared.warnings);
  const double guidance_scale = job.guidance_scale.value_or(pipeline.default_guidance_scale());
  if (guidance_scale > 1) warn_of_syntax("negative_prompt", job.negative_prompt, prepared.warnings);
  request.prompt = prompt.text;
  const auto given = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); };
  request.negative_prompt = given(job.negative_prompt);
  request.prompt_2 = given(job.prompt_2);
  request.negative_prompt_2 = given(job.negative_prompt_2);
  request.prompt_3 = given(job.prompt_3);
  request.negative_prompt_3 = given(job.negative_prompt_3);
  request.seed = job.seed.value ? *job.seed.value : std::random_device()();
  request.num_inference_steps = static_cast<int>(job.steps);
  request.guidance_scale = static_cast<float>(guidance_scale);
  if (job.true_cfg_scale) request.true_cfg_scale = static_cast<float>(*job.true_cfg_scale);
  if (job.max_sequence_length > 0) request.max_sequence_length = job.max_sequence_length;
  request.width = job.width;
  request.height = job.height;
  request.num_images = static_cast<int>(job.num_images);
  request.scheduler = job.scheduler;
  request.adapter_mode = settings.adapter_mode;
  if (!job.latents.empty()) request.latents = checkpoint::Checkpoint::open(job.latents).at("latents");

  Provenance& provenance = prepared.provenance;
  provenance.prompt = prompt.text;
  provenance.seed = request.seed;
  provenance.guidance_scale = guidance_scale;
  provenance.sampler =
      sampler_name(schedulers::scheduler_name(pipeline.scheduler_config(job.scheduler), job.scheduler));
  provenance.model = settings.model_name;
  for (const auto& [adapter, weight] : request.adapters)
    provenance.loras.push_back({adapter->name, weight, adapters::short_hash(*adapter)});
  return prepared;
}

}  // namespace veneer::service
