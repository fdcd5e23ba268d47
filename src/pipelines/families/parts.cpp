#include "pipelines/families/parts.h"

#include "base/error.h"

namespace veneer::pipelines {

using checkpoint::Checkpoint;

namespace {

std::unique_ptr<const tokenizers::Tokenizer> open_tokenizer(const std::filesystem::path& folder, const TextParts& parts,
                                                            std::int64_t vocab_size) {
  auto tokenizer = tokenizers::open_tokenizer(folder / parts.tokenizer);
  const auto last_token = tokenizer->last_token();
  if (last_token.id >= vocab_size)
    fail(ErrorCode::invalid_argument, "{}: expected ids below {} ({}'s vocab_size), got {} for \"{}\"",
         (folder / parts.tokenizer).string(), vocab_size, parts.encoder, last_token.id, last_token.text);
  return tokenizer;
}

}  // namespace

TextEncoder open_clip(const std::filesystem::path& folder, const TextParts& parts, const models::ClipTextConfig& config,
                      models::ClipTextOptions what, const runtime::CompileOptions& options) {
  auto tokenizer = open_tokenizer(folder, parts, config.vocab_size);
  const std::int64_t tokens = tokenizer->model_max_length();
  if (tokens > config.max_positions)
    fail(ErrorCode::invalid_argument, "{}: model_max_length: expected at most {} ({}), got {}",
         (folder / parts.tokenizer).string(), config.max_positions, parts.encoder, tokens);

  std::vector<TextEncoder::Output> outputs = {{"hidden_states", config.hidden_size}};
  std::function<std::int32_t(std::span<const std::int32_t>)> end_position;
  if (what.pooling != models::ClipTextPooling::none) {
    const bool projected = what.pooling == models::ClipTextPooling::projected;
    outputs.push_back(
        {"pooled", projected ? config.projection_dim : config.hidden_size, TextEncoder::Output::Per::prompt});
    end_position = [config](std::span<const std::int32_t> ids) { return config.end_position(ids); };
  }
  what.component = parts.encoder;
  auto component = std::make_unique<Component>(
      parts.encoder, Checkpoint::open(folder / parts.encoder),
      [=](const Checkpoint& weights, const PlanShape& shape) {
        return models::build_clip_text(config, weights, {shape.batch, tokens}, what);
      },
      PlanShape{2, 0, 0}, options);
  TextEncoder encoder;
  encoder.component = std::move(component);
  encoder.tokenizer = std::move(tokenizer);
  encoder.tokens = tokens;
  encoder.outputs = std::move(outputs);
  encoder.end_position = std::move(end_position);
  return encoder;
}

TextEncoder open_t5(const std::filesystem::path& folder, const TextParts& parts, const models::T5Config& config,
                    std::int64_t tokens, const runtime::CompileOptions& options) {
  TextEncoder encoder;
  encoder.tokenizer = open_tokenizer(folder, parts, config.vocab_size);
  encoder.tokens = tokens;
  encoder.length = TextEncoder::Length::of_request;
  encoder.outputs = {{"last_hidden_state", config.channels}};
  encoder.component = std::make_unique<Component>(
      parts.encoder, Checkpoint::open(folder / parts.encoder),
      [config, component = parts.encoder](const Checkpoint& weights, const PlanShape& shape) {
        return models::build_t5_encoder(config, weights, {shape.batch, shape.tokens}, component);
      },
      PlanShape{1, 0, 0, tokens}, options);
  return encoder;
}

LatentSpace open_latent_space(const std::filesystem::path& folder, const models::AutoencoderKlConfig& config,
                              std::int64_t native, runtime::CompileOptions options) {
  options.adapters = runtime::CompileOptions::Adapters::none;
  auto decoder = std::make_unique<Component>(
      "vae", Checkpoint::open(folder / "vae"),
      [=](const Checkpoint& weights, const PlanShape& shape) {
        return models::build_decoder(config, weights, {shape.batch, shape.height, shape.width});
      },
      PlanShape{1, native, native}, options);
  LatentSpace space;
  space.decoder = std::move(decoder);
  space.channels = config.latent_channels;
  space.downsampling = config.downsampling();
  return space;
}

}  // namespace veneer::pipelines
