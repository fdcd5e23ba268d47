// Stable Diffusion XL, base: https://arxiv.org/abs/2307.01952. Two text encoders side by side, pooled text and sizes
// beside the timestep.
#include "models/autoencoder_kl.h"
#include "models/clip_text.h"
#include "models/unet_2d_condition.h"
#include "pipelines/families/families.h"
#include "pipelines/families/folder.h"
#include "pipelines/families/parts.h"

namespace veneer::pipelines {
namespace {

using checkpoint::Checkpoint;

constexpr std::int64_t kSizes = 6;  // original size, crop, target size

/// The prompts of both encoders. A request without a negative prompt has none, which is zeros where the model says so,
/// else an empty text.
std::vector<PromptRow> prompt_rows(const Request& request, PromptRow::Encoding without) {
  const auto texts = [](const char* field, const std::optional<std::string>& first, const char* field_2,
                        const std::optional<std::string>& second) -> std::vector<PromptRow::Text> {
    const std::string text = first.value_or("");
    const bool own = second && !second->empty();  // as in diffusers
    return {{field, text}, own ? PromptRow::Text{field_2, *second} : PromptRow::Text{field, text}};
  };
  const PromptRow positive{texts("prompt", request.prompt, "prompt_2", request.prompt_2)};
  if (*request.guidance_scale <= 1) return {positive};
  PromptRow negative{texts("negative_prompt", request.negative_prompt, "negative_prompt_2", request.negative_prompt_2)};
  if (!request.negative_prompt) negative.encoding = without;
  return {std::move(negative), positive};
}

std::vector<float> time_ids(const Request& request, const SizeConditioning& given) {
  const auto or_own = [&](const std::optional<PixelSize>& size) {
    return size.value_or(PixelSize{request.height, request.width});
  };
  const PixelSize original = or_own(given.original_size), target = or_own(given.target_size);
  const std::int64_t numbers[] = {original.height, original.width, given.crop_top,
                                  given.crop_left, target.height,  target.width};
  return {std::begin(numbers), std::end(numbers)};
}

/// [rows*images,6]: the negative rows have sizes of their own where the request gives both of them.
std::vector<NamedValues> size_inputs(const Request& request, std::int64_t rows) {
  const bool own = request.negative_sizes.original_size && request.negative_sizes.target_size;
  const std::vector<float> positive = time_ids(request, request.sizes),
                           negative = own ? time_ids(request, request.negative_sizes) : positive;
  NamedValues ids{"time_ids", {}};
  for (std::int64_t row = 0; row < rows; ++row)
    for (int image = 0; image < request.num_images; ++image) {
      const std::vector<float>& numbers = rows == 2 && row == 0 ? negative : positive;
      ids.values.insert(ids.values.end(), numbers.begin(), numbers.end());
    }
  return {std::move(ids)};
}

}  // namespace

Family open_stable_diffusion_xl(const std::filesystem::path& folder, const Json& index,
                                const runtime::CompileOptions& options) {
  require_parts(folder, index,
                {{"text_encoder", "CLIPTextModel"},
                 {"text_encoder_2", "CLIPTextModelWithProjection"},
                 {"unet", "UNet2DConditionModel"},
                 {"vae", "AutoencoderKL"}});
  Json scheduler = read_scheduler(folder, index);
  const auto text = read_config<models::ClipTextConfig>(folder / "text_encoder");
  const auto text_2 = read_config<models::ClipTextConfig>(folder / "text_encoder_2");
  const auto unet = read_config<models::UnetConfig>(folder / "unet");
  auto vae = read_config<models::AutoencoderKlConfig>(folder / "vae");
  vae.shift_factor = 0;  // StableDiffusionXLPipeline divides by the scaling factor and adds nothing
  const std::int64_t native = native_side(folder / "unet"), pooled = text_2.projection_dim;

  Family family;
  family.name = "Stable Diffusion XL";
  Conditioner& conditioner = family.conditioner;
  using models::ClipTextPooling, models::ClipTextStates;
  conditioner.encoders.push_back(
      open_clip(folder, {"text_encoder", "tokenizer"}, text, {.states = ClipTextStates::penultimate}, options));
  conditioner.encoders.push_back(
      open_clip(folder, {"text_encoder_2", "tokenizer_2"}, text_2,
                {.states = ClipTextStates::penultimate, .pooling = ClipTextPooling::projected}, options));
  const std::int64_t tokens = conditioner.encoders[0].tokens;
  conditioner.width = text.hidden_size + text_2.hidden_size;
  require_agreements(folder,
                     {{"unet", "cross_attention_dim", "hidden_size of both text encoders", conditioner.width,
                       unet.cross_attention_dim},
                      {"unet", "out_channels", "its in_channels", unet.in_channels, unet.out_channels},
                      {"unet", "projection_class_embeddings_input_dim", "text_encoder_2's projection_dim and six sizes",
                       unet.added_embedding ? pooled + kSizes * unet.added_embedding->number_channels : 0,
                       unet.added_embedding ? unet.added_embedding->in_channels : 0},
                      {"vae", "latent_channels", "unet's in_channels", unet.in_channels, vae.latent_channels},
                      {"vae", "out_channels", "red, green, blue", 3, vae.out_channels}});
  conditioner.blocks = {{tokens, {{0, 0, text.hidden_size}, {1, 0, text_2.hidden_size}}}};
  conditioner.pooled = {"text_embeds", {{1, 1, pooled}}};

  family.denoiser = std::make_unique<Component>(
      "unet", Checkpoint::open(folder / "unet"),
      [=](const Checkpoint& weights, const PlanShape& shape) {
        return models::build_unet(unet, weights, {shape.batch, shape.height, shape.width, tokens, pooled});
      },
      PlanShape{2, native, native}, options);
  family.latent_space = open_latent_space(folder, vae, native, options);
  family.default_size = native * vae.downsampling();
  family.default_guidance_scale = 5;

  family.formulations = {schedulers::Formulation::diffusion, schedulers::Formulation::edm};
  family.schedule = [](const Request& request, const ImageSize&) {
    return schedulers::ScheduleRequest{.num_inference_steps = *request.num_inference_steps};
  };
  family.scheduler_config = [=](Family::SchedulerOf) { return scheduler; };
  family.guidance = [](const Request& request) { return Guidance{*request.guidance_scale}; };
  const bool zeros = read_flag(folder, index, "force_zeros_for_empty_prompt", true);
  const auto without = zeros ? PromptRow::Encoding::zeros : PromptRow::Encoding::encoded;
  family.prompts = [=](const Request& request) { return prompt_rows(request, without); };
  family.numbers = size_inputs;
  family.fields = {RequestField::prompt_2, RequestField::sizes};
  return family;
}

}  // namespace veneer::pipelines
