// The first byte chooses a model, the rest is its config.json: refused with an Error, or a configuration from which
// graphs can be built, or are refused with an Error.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "models/random_checkpoint.h"

namespace {

using namespace veneer;
using namespace veneer::models;

/// Small enough to build thousands of times.
bool is_small(const UnetConfig& c) {
  std::int64_t transformers = 0;
  for (const auto& block : c.up_transformer_layers)
    for (const std::int64_t count : block) transformers += count;
  return *std::ranges::max_element(c.block_out_channels) <= 32 && c.cross_attention_dim <= 64 && transformers <= 20 &&
         *std::ranges::max_element(c.layers_per_block) <= 2 && c.time_embedding_dim <= 128 && c.conv_in_kernel <= 7 &&
         c.conv_out_kernel <= 7 && c.in_channels <= 64 && c.out_channels <= 64;
}
bool is_small(const ClipTextConfig& c) {
  return c.layers <= 4 && c.hidden_size <= 64 && c.intermediate_size <= 256 && c.vocab_size <= 1000 &&
         c.max_positions <= 1000;
}
bool is_small(const AutoencoderKlConfig& c) {
  return *std::ranges::max_element(c.block_out_channels) <= 32 && c.layers_per_block <= 2 &&
         c.block_out_channels.size() <= 4 && c.in_channels <= 64 && c.out_channels <= 64 && c.latent_channels <= 64;
}

template <class Config>
void check(const Json& json) {
  const Config config = Config::from_json(json, "config.json");
  if (is_small(config) && parameter_shapes(config).empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  try {
    const Json json = parse_json({reinterpret_cast<const char*>(data) + 1, size - 1}, "config.json");
    switch (data[0] % 3) {
      case 0:
        check<UnetConfig>(json);
        break;
      case 1:
        check<ClipTextConfig>(json);
        break;
      default:
        check<AutoencoderKlConfig>(json);
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::internal) std::abort();
  }
  return 0;
}
