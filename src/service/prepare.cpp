#include "service/prepare.h"

#include <chrono>
#include <random>

#include "adapters/short_hash.h"
#include "base/error.h"
#include "checkpoint/checkpoint.h"
#include "schedulers/scheduler.h"
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

  request.prompt = prompt.text;
  if (!job.negative_prompt.empty()) request.negative_prompt = job.negative_prompt;
  request.seed = job.seed.value ? *job.seed.value : std::random_device()();
  request.num_inference_steps = static_cast<int>(job.steps);
  request.guidance_scale = static_cast<float>(job.guidance_scale);
  request.width = job.width;
  request.height = job.height;
  request.num_images = static_cast<int>(job.num_images);
  request.scheduler = job.scheduler;
  request.adapter_mode = settings.adapter_mode;
  if (!job.latents.empty()) request.latents = checkpoint::Checkpoint::open(job.latents).at("latents");

  Provenance& provenance = prepared.provenance;
  provenance.prompt = prompt.text;
  provenance.seed = request.seed;
  provenance.sampler =
      sampler_name(schedulers::scheduler_name(pipeline.scheduler_config(job.scheduler), job.scheduler));
  provenance.model = settings.model_name;
  for (const auto& [adapter, weight] : request.adapters)
    provenance.loras.push_back({adapter->name, weight, adapters::short_hash(*adapter)});
  return prepared;
}

}  // namespace veneer::service
