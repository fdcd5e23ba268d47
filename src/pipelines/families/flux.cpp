// Flux.1, dev and schnell. CLIP's pooled text, T5's tokens; packed latents; guidance as a number that the model was
// trained to take (dev), and true classifier-free guidance on request.
#include "models/flux_transformer.h"
#include "pipelines/families/families.h"
#include "pipelines/families/folder.h"
#include "pipelines/families/parts.h"

namespace veneer::pipelines {
namespace {

using checkpoint::Checkpoint;

constexpr std::int64_t kT5Tokens = 512, kNativeSide = 128, kSquare = 4;  // latents in a token

bool has_negative_rows(const Request& request) {
  return request.true_cfg_scale.value_or(1) > 1 && request.negative_prompt;
}

PromptRow prompt_row(const std::string& field, const std::optional<std::string>& first,
                     const std::optional<std::string>& second) {
  const PromptRow::Text own{field, first.value_or("")};
  return {{own, second && !second->empty() ? PromptRow::Text{field + "_2", *second} : own}};
}

/// diffusers' FluxPipeline hands the scheduler its own levels of noise, unless the configuration uses flow sigmas.
schedulers::ScheduleRequest schedule_request(const Request& request, const ImageSize& latents, bool own_sigmas) {
  schedulers::ScheduleRequest schedule{
      .num_inference_steps = *request.num_inference_steps,
      .image_sequence_length = static_cast<int>(latents.height * latents.width / kSquare)};
  const int steps = schedule.num_inference_steps;
  for (int i = 0; own_sigmas && i < steps; ++i)
    schedule.sigmas.push_back(steps == 1 ? 1.0 : 1 - i * (1 - 1.0 / steps) / (steps - 1));
  return schedule;
}

}  // namespace

Family open_flux(const std::filesystem::path& folder, const Json& index, const runtime::CompileOptions& options) {
  require_parts(folder, index,
                {{"text_encoder", "CLIPTextModel"},
                 {"text_encoder_2", "T5EncoderModel"},
                 {"transformer", "FluxTransformer2DModel"},
                 {"vae", "AutoencoderKL"}});
  Json scheduler = read_scheduler(folder, index);
  const auto text = read_config<models::ClipTextConfig>(folder / "text_encoder");
  const auto t5 = read_config<models::T5Config>(folder / "text_encoder_2");
  const auto transformer = read_config<models::FluxTransformerConfig>(folder / "transformer");
  const auto vae = read_config<models::AutoencoderKlConfig>(folder / "vae");
  require_agreements(
      folder,
      {{"transformer", "joint_attention_dim", "text_encoder_2's d_model", t5.channels, transformer.joint_attention_dim},
       {"transformer", "pooled_projection_dim", "text_encoder's hidden_size", text.hidden_size,
        transformer.pooled_projection_dim},
       {"transformer", "out_channels", "its in_channels", transformer.in_channels, transformer.out_channels},
       {"transformer", "in_channels", "four of vae's latent_channels", kSquare * vae.latent_channels,
        transformer.in_channels},
       {"vae", "out_channels", "red, green, blue", 3, vae.out_channels}});

  Family family;
  family.name = "Flux";
  Conditioner& conditioner = family.conditioner;
  conditioner.encoders.push_back(
      open_clip(folder, {"text_encoder", "tokenizer"}, text, {.pooling = models::ClipTextPooling::end_token}, options));
  conditioner.encoders.push_back(open_t5(folder, {"text_encoder_2", "tokenizer_2"}, t5, kT5Tokens, options));
  conditioner.width = t5.channels;
  conditioner.blocks = {{kT5Tokens, {{1, 0, t5.channels}}, TextEncoder::Length::of_request}};
  conditioner.pooled = {"pooled_projections", {{0, 1, text.hidden_size}}};

  family.denoiser = std::make_unique<Component>(
      "transformer", Checkpoint::open(folder / "transformer"),
      [=](const Checkpoint& weights, const PlanShape& shape) {
        return models::build_flux_transformer(transformer, weights,
                                              {shape.batch, shape.height / 2, shape.width / 2, shape.tokens});
      },
      PlanShape{1, kNativeSide, kNativeSide, kT5Tokens}, options);
  family.latent_space = open_latent_space(folder, vae, kNativeSide, options);
  family.latent_space.patch = 2;
  family.latent_space.packing = Packing::squares;
  family.default_size = kNativeSide * vae.downsampling();
  family.default_steps = 28;
  family.default_guidance_scale = 3.5f;
  family.most_tokens = kT5Tokens;

  const bool own_sigmas = !scheduler.value("use_flow_sigmas", false);
  family.formulations = {schedulers::Formulation::flow_matching};
  family.scheduler_config = [=](Family::SchedulerOf) { return scheduler; };
  family.schedule = [=](const Request& request, const ImageSize& latents) {
    return schedule_request(request, latents, own_sigmas);
  };
  family.guidance = [](const Request& request) {
    return Guidance{has_negative_rows(request) ? *request.true_cfg_scale : 1};
  };
  family.prompts = [](const Request& r) {
    const PromptRow positive = prompt_row("prompt", r.prompt, r.prompt_2);
    if (!has_negative_rows(r)) return std::vector{positive};
    return std::vector{prompt_row("negative_prompt", r.negative_prompt, r.negative_prompt_2), positive};
  };
  if (transformer.guidance_embeds)
    family.numbers = [](const Request& request, std::int64_t rows) {
      const auto batch = static_cast<std::size_t>(rows * request.num_images);
      return std::vector<NamedValues>{{"guidance", std::vector<float>(batch, *request.guidance_scale)}};
    };
  family.fields = {RequestField::prompt_2, RequestField::true_cfg_scale, RequestField::max_sequence_length};
  return family;
}

}  // namespace veneer::pipelines
