// Stable Diffusion 1.x and 2.x: https://arxiv.org/abs/2112.10752. CLIP's last hidden state, a UNet, classifier-free
// guidance.
#include "models/unet_2d_condition.h"
#include "pipelines/families/families.h"
#include "pipelines/families/folder.h"
#include "pipelines/families/parts.h"

namespace veneer::pipelines {
namespace {

using checkpoint::Checkpoint;

/// StableDiffusionPipeline sets steps_offset to 1 and clip_sample to false whatever the file says or leaves out. For
/// another scheduler, what the file leaves out is that scheduler's default, as with diffusers' from_config.
Json corrected(Json config, Family::SchedulerOf whose) {
  const auto counts = [&](const char* field) { return whose == Family::SchedulerOf::model || config.contains(field); };
  if (counts("steps_offset")) config["steps_offset"] = 1;
  if (counts("clip_sample")) config["clip_sample"] = false;
  return config;
}

std::vector<PromptRow> prompt_rows(const Request& request, Guidance guidance) {
  const PromptRow negative{{{"negative_prompt", request.negative_prompt.value_or("")}}},
      positive{{{"prompt", request.prompt}}};
  return guidance.rows() == 1 ? std::vector{positive} : std::vector{negative, positive};
}

}  // namespace

Family open_stable_diffusion(const std::filesystem::path& folder, const Json& index,
                             const runtime::CompileOptions& options) {
  require_parts(folder, index,
                {{"text_encoder", "CLIPTextModel"}, {"unet", "UNet2DConditionModel"}, {"vae", "AutoencoderKL"}});
  Json scheduler = read_scheduler(folder, index);
  const auto text = read_config<models::ClipTextConfig>(folder / "text_encoder");
  const auto unet = read_config<models::UnetConfig>(folder / "unet");
  auto vae = read_config<models::AutoencoderKlConfig>(folder / "vae");
  vae.shift_factor = 0;  // StableDiffusionPipeline divides by the scaling factor and adds nothing
  const std::int64_t native = native_side(folder / "unet");

  Family family;
  family.name = "Stable Diffusion";
  TextEncoder encoder = open_clip(folder, {"text_encoder", "tokenizer"}, text, {}, options);
  require_agreements(folder, {{"unet", "cross_attention_dim", "text_encoder's hidden_size", text.hidden_size,
                               unet.cross_attention_dim},
                              {"unet", "out_channels", "its in_channels", unet.in_channels, unet.out_channels},
                              {"vae", "latent_channels", "unet's in_channels", unet.in_channels, vae.latent_channels},
                              {"vae", "out_channels", "red, green, blue", 3, vae.out_channels}});
  const std::int64_t tokens = encoder.tokens;
  family.conditioner.width = text.hidden_size;
  family.conditioner.blocks = {{tokens, {{0, 0, text.hidden_size}}}};
  family.conditioner.encoders.push_back(std::move(encoder));

  family.denoiser = std::make_unique<Component>(
      "unet", Checkpoint::open(folder / "unet"),
      [=](const Checkpoint& weights, const PlanShape& shape) {
        return models::build_unet(unet, weights, {shape.batch, shape.height, shape.width, tokens});
      },
      PlanShape{2, native, native}, options);
  family.latent_space = open_latent_space(folder, vae, native, options);
  family.default_size = native * vae.downsampling();

  family.formulations = {schedulers::Formulation::diffusion};
  family.schedule = [](const Request& request, const ImageSize&) {
    return schedulers::ScheduleRequest{.num_inference_steps = *request.num_inference_steps};
  };
  family.scheduler_config = [=](Family::SchedulerOf whose) { return corrected(scheduler, whose); };
  family.guidance = [](const Request& request) { return Guidance{*request.guidance_scale}; };
  family.prompts = [](const Request& request) { return prompt_rows(request, Guidance{*request.guidance_scale}); };
  return family;
}

}  // namespace veneer::pipelines
