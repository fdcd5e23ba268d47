// Configurations of well-known models by name, for work without their files: `veneer bench step --config sd15`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/autoencoder_kl.h"
#include "models/clip_text.h"
#include "models/unet_2d_condition.h"

namespace veneer::models {

struct NamedConfig {
  UnetConfig unet;
  ClipTextConfig text_encoder;
  AutoencoderKlConfig vae;
};

std::vector<std::string> config_names();

/// Throws Error not_found, which lists the names.
NamedConfig named_config(std::string_view name);

}  // namespace veneer::models
