// Stable Diffusion 3 and 3.5: https://arxiv.org/abs/2403.03206. Two CLIPs side by side, T5 behind them or zeros in its
// place; pooled text of both CLIPs.
#include "base/error.h"
#include "models/sd3_transformer.h"
#include "pipelines/families/families.h"
#include "pipelines/families/folder.h"
#include "pipelines/families/parts.h"

namespace veneer::pipelines {
namespace {

using checkpoint::Checkpoint;

constexpr std::int64_t kT5Tokens = 256, kMostT5Tokens = 512;

/// One text an encoder; what is not given, or empty, is the first encoder's.
PromptRow prompt_row(const std::string& field, const std::optional<std::string>& first,
                     const std::optional<std::string>& second, const std::optional<std::string>& third,
                     std::size_t encoders) {
  const PromptRow::Text own{field, first.value_or("")};
  const auto or_own = [&](const std::optional<std::string>& text, const char* suffix) {
    return text && !text->empty() ? PromptRow::Text{field + suffix, *text} : own;
  };
  PromptRow row{{own, or_own(second, "_2"), or_own(third, "_3")}};
  row.texts.resize(encoders);
  return row;
}

}  // namespace

Family open_stable_diffusion_3(const std::filesystem::path& folder, const Json& index,
                               const runtime::CompileOptions& options) {
  require_parts(folder, index,
                {{"text_encoder", "CLIPTextModelWithProjection"},
                 {"text_encoder_2", "CLIPTextModelWithProjection"},
                 {"transformer", "SD3Transformer2DModel"},
                 {"vae", "AutoencoderKL"}});
  const bool has_t5 = has_part(folder, index, {"text_encoder_3", "T5EncoderModel"});
  Json scheduler = read_scheduler(folder, index);
  const auto text = read_config<models::ClipTextConfig>(folder / "text_encoder");
  const auto text_2 = read_config<models::ClipTextConfig>(folder / "text_encoder_2");
  const auto transformer = read_config<models::Sd3TransformerConfig>(folder / "transformer");
  const auto vae = read_config<models::AutoencoderKlConfig>(folder / "vae");

  Family family;
  family.name = "Stable Diffusion 3";
  Conditioner& conditioner = family.conditioner;
  const models::ClipTextOptions outputs{.states = models::ClipTextStates::penultimate,
                                        .pooling = models::ClipTextPooling::projected};
  conditioner.encoders.push_back(open_clip(folder, {"text_encoder", "tokenizer"}, text, outputs, options));
  conditioner.encoders.push_back(open_clip(folder, {"text_encoder_2", "tokenizer_2"}, text_2, outputs, options));
  conditioner.width = transformer.joint_attention_dim;
  conditioner.blocks = {{conditioner.encoders[0].tokens, {{0, 0, text.hidden_size}, {1, 0, text_2.hidden_size}}},
                        {kT5Tokens, {}, TextEncoder::Length::of_request}};
  conditioner.pooled = {"pooled_projections", {{0, 1, text.projection_dim}, {1, 1, text_2.projection_dim}}};
  std::vector<Agreement> agreements = {
      {"transformer", "pooled_projection_dim", "projection_dim of both text encoders",
       text.projection_dim + text_2.projection_dim, transformer.pooled_projection_dim},
      {"transformer", "out_channels", "its in_channels", transformer.in_channels, transformer.out_channels},
      {"vae", "latent_channels", "transformer's in_channels", transformer.in_channels, vae.latent_channels},
      {"vae", "out_channels", "red, green, blue", 3, vae.out_channels}};
  if (has_t5) {
    const auto t5 = read_config<models::T5Config>(folder / "text_encoder_3");
    conditioner.encoders.push_back(open_t5(folder, {"text_encoder_3", "tokenizer_3"}, t5, kT5Tokens, options));
    conditioner.blocks[1].parts = {{2, 0, t5.channels}};
    agreements.push_back({"transformer", "joint_attention_dim", "text_encoder_3's d_model", t5.channels,
                          transformer.joint_attention_dim});
  }
  require_agreements(folder, agreements);
  if (conditioner.width < text.hidden_size + text_2.hidden_size)
    fail(ErrorCode::invalid_argument, "{}: joint_attention_dim: expected at least {} (both text encoders), got {}",
         (folder / "transformer" / "config.json").string(), text.hidden_size + text_2.hidden_size, conditioner.width);

  const std::int64_t native = native_side(folder / "transformer");
  family.denoiser = std::make_unique<Component>(
      "transformer", Checkpoint::open(folder / "transformer"),
      [=](const Checkpoint& weights, const PlanShape& shape) {
        return models::build_sd3_transformer(transformer, weights,
                                             {shape.batch, shape.height, shape.width, shape.tokens});
      },
      PlanShape{2, native, native, conditioner.tokens(0)}, options);
  family.latent_space = open_latent_space(folder, vae, native, options);
  family.latent_space.patch = transformer.patch_size;
  family.default_size = native * vae.downsampling();
  family.default_steps = 28;
  family.default_guidance_scale = 7;
  family.most_tokens = kMostT5Tokens;

  family.formulations = {schedulers::Formulation::flow_matching};
  family.scheduler_config = [=](Family::SchedulerOf) { return scheduler; };
  family.schedule = [patch = transformer.patch_size](const Request& request, const ImageSize& latents) {
    return schedulers::ScheduleRequest{
        .num_inference_steps = *request.num_inference_steps,
        .image_sequence_length = static_cast<int>((latents.height / patch) * (latents.width / patch))};
  };
  family.guidance = [](const Request& request) { return Guidance{*request.guidance_scale}; };
  family.prompts = [encoders = conditioner.encoders.size()](const Request& r) {
    const PromptRow positive = prompt_row("prompt", r.prompt, r.prompt_2, r.prompt_3, encoders);
    if (*r.guidance_scale <= 1) return std::vector{positive};
    return std::vector{
        prompt_row("negative_prompt", r.negative_prompt, r.negative_prompt_2, r.negative_prompt_3, encoders), positive};
  };
  family.fields = {RequestField::prompt_2, RequestField::prompt_3, RequestField::max_sequence_length};
  return family;
}

}  // namespace veneer::pipelines
