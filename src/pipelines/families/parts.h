// Parts that several families have: CLIP and T5 as text encoders, the KL autoencoder.
#pragma once

#include <filesystem>
#include <string>

#include "models/autoencoder_kl.h"
#include "models/clip_text.h"
#include "models/t5_encoder.h"
#include "pipelines/conditioner.h"
#include "pipelines/latent_space.h"

namespace veneer::pipelines {

/// Subfolders of a diffusers folder; the encoder's is its component's name too.
struct TextParts {
  std::string encoder, tokenizer;
};

/// Its outputs are "hidden_states" [tokens,hidden_size] and, with pooling, "pooled". Throws Error invalid_argument
/// where tokenizer and encoder do not fit each other.
TextEncoder open_clip(const std::filesystem::path& folder, const TextParts& parts, const models::ClipTextConfig& config,
                      models::ClipTextOptions what, const runtime::CompileOptions& options);

/// Its output is "last_hidden_state" [tokens,d_model]; a request may choose another number of tokens.
TextEncoder open_t5(const std::filesystem::path& folder, const TextParts& parts, const models::T5Config& config,
                    std::int64_t tokens, const runtime::CompileOptions& options);

/// `native` is the side of the latents that the denoiser was trained for.
LatentSpace open_latent_space(const std::filesystem::path& folder, const models::AutoencoderKlConfig& config,
                              std::int64_t native, runtime::CompileOptions options);

}  // namespace veneer::pipelines
