#include "pipelines/families/parts.h"

#include "base/error.h"

namespace veneer::pipelines {

using checkpoint::Checkpoint;

TextEncoder open_clip(const std::filesystem::path& folder, const TextParts& parts, const models::ClipTextConfig& config,
                      models::ClipTextOptions what, const runtime::CompileOptions& options) {
  auto tokenizer = tokenizers::ClipTokenizer::open(folder / parts.tokenizer);
  const std::int64_t tokens = tokenizer.model_max_length();
  const auto last_token = tokenizer.last_token();
  if (last_token.id >= config.vocab_size)
    fail(ErrorCode::invalid_argument, "{}: expected ids below {} ({}'s vocab_size), got {} for \"{}\"",
         (folder / parts.tokenizer).string(), config.vocab_size, parts.encoder, last_token.id, last_token.text);
  if (tokens > config.max_positions)
    fail(ErrorCode::invalid_argument, "{}: model_max_length: expected at most {} ({}), got {}",
         (folder / parts.tokenizer).string(), config.max_positions, parts.encoder, tokens);

  std::vector<TextEncoder::Output> outputs = {{"hidden_states", tokens * config.hidden_size}};
  std::function<std::int32_t(std::span<const std::int32_t>)> end_position;
  if (what.pooling != models::ClipTextPooling::none) {
    const bool projected = what.pooling == models::ClipTextPooling::projected;
    outputs.push_back({"pooled", projected ? config.projection_dim : config.hidden_size});
    end_position = [config](std::span<const std::int32_t> ids) { return config.end_position(ids); };
  }
  what.component = parts.encoder;
  auto component = std::make_unique<Component>(
      parts.encoder, Checkpoint::open(folder / parts.encoder),
      [=](const Checkpoint& weights, const PlanShape& shape) {
        return models::build_clip_text(config, weights, {shape.batch, tokens}, what);
      },
      PlanShape{2, 0, 0}, options);
  return {std::move(component), std::move(tokenizer), tokens, std::move(outputs), std::move(end_position)};
}

LatentSpace open_latent_space(const std::filesystem::path& folder, const models::AutoencoderKlConfig& config,
                              std::int64_t native, const runtime::CompileOptions& options) {
  auto decoder = std::make_unique<Component>(
      "vae", Checkpoint::open(folder / "vae"),
      [=](const Checkpoint& weights, const PlanShape& shape) {
        return models::build_decoder(config, weights, {shape.batch, shape.height, shape.width});
      },
      PlanShape{1, native, native}, options);
  return {std::move(decoder), config.latent_channels, config.downsampling()};
}

}  // namespace veneer::pipelines
