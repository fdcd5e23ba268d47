// Stable Diffusion 1.x and 2.x, from prompt to pictures: diffusers' StableDiffusionPipeline.
//
//   StableDiffusion pipeline("models/demo", {});
//   auto ink = pipeline.load_adapter("ink.safetensors");
//   auto result = pipeline.generate({.prompt = "red apple", .adapters = {{ink, 1.0f}}});
//
// A pipeline is compiled once for each size that is asked for and then only read: any number of threads may generate at
// the same time, each with adapters of its own. What an adapter changes is a binding that a request holds; the weights
// are never written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/bind.h"
#include "adapters/cache.h"
#include "base/json.h"
#include "pipelines/component.h"
#include "pipelines/latents.h"
#include "schedulers/scheduler.h"
#include "tensor/tensor.h"
#include "tokenizers/clip_bpe.h"

namespace veneer::pipelines {

using AdapterSet = std::vector<adapters::WeightedAdapter>;

/// Other adapters from evaluation `step` on (an index into the scheduler's timesteps).
struct AdapterChange {
  int step = 0;
  AdapterSet adapters;
};

struct Progress {
  int step = 0, steps = 0;  ///< evaluations done, and all
};

constexpr std::int64_t kLargestSide = 8192;  ///< pixels
constexpr std::int64_t kMostImages = 64;     ///< in one batch

struct Request {
  std::string prompt{};
  std::string negative_prompt{};
  std::uint64_t seed = 0;  ///< image i of the batch draws from seed + i
  int num_inference_steps = 50;
  float guidance_scale = 7.5f;         ///< <= 1: no guidance, and the negative prompt is not used (as diffusers)
  std::int64_t width = 0, height = 0;  ///< pixels, multiples of 8; 0: the model's own size
  int num_images = 1;
  std::string scheduler{};          ///< a name (schedulers::scheduler_names()); empty: the model's own
  std::optional<Tensor> latents{};  ///< [num_images,4,height/8,width/8], N(0,1); instead of noise from the seed

  AdapterSet adapters{};
  std::vector<AdapterSet> image_adapters{};      ///< one set an image, instead of `adapters`
  std::vector<AdapterChange> adapter_changes{};  ///< in order of step; all are bound before the first
  adapters::AdapterMode adapter_mode = adapters::AdapterMode::automatic;

  std::function<void(const Progress&)> progress{};  ///< called after each evaluation
  std::stop_token stop{};                           ///< looked at before each evaluation: Error cancelled
};

struct Result {
  Tensor images;   ///< f32 [num_images,3,height,width] in 0..1, not rounded
  Tensor latents;  ///< f32 [num_images,4,height/8,width/8], before decoding
  std::vector<std::string> warnings;
  double swap_seconds = 0;    ///< from the adapters to bindings that are ready to run
  double encode_seconds = 0;  ///< text
  double denoise_seconds = 0;
  double decode_seconds = 0;
  int evaluations = 0;
};

struct Options {
  int threads = 0;  ///< that all requests together run on; 0: all cores
  int team = 0;     ///< of one request; 0: `threads`
  std::size_t adapter_cache_bytes = std::size_t{4} << 30;
  graph::PassNames disabled_passes{};
};

/// What has been done once and not again: the proof that a swap compiles and packs nothing.
struct Statistics {
  int plans_compiled = 0;
  std::int64_t weights_packed = 0;
  std::size_t packed_bytes = 0;
  adapters::AdapterCache::Statistics cache;
};

class StableDiffusion {
 public:
  /// `folder` is a diffusers folder (model_index.json). Weights are mapped, not read. Throws Error not_found,
  /// corrupt_file or unsupported (what the folder asks for and is not implemented, by name).
  StableDiffusion(const std::filesystem::path& folder, const Options& options);

  /// Reads an adapter, or finds it in the cache, and checks that every tensor of it fits this pipeline.
  std::shared_ptr<const adapters::Adapter> load_adapter(const std::filesystem::path& path);

  /// Throws Error invalid_argument for a request that makes no sense, cancelled, and what load and bind throw. A
  /// request that fails leaves nothing behind.
  Result generate(const Request& request);

  /// What schedulers::make_scheduler gets for a request with this scheduler (empty: the model's own), as
  /// StableDiffusionPipeline has it: the class is model_index.json's; steps_offset is 1 and clip_sample is off whatever
  /// the file says or leaves out. For another scheduler, what the file leaves out is that scheduler's default, as with
  /// diffusers' from_config.
  [[nodiscard]] Json scheduler_config(std::string_view scheduler) const;

  [[nodiscard]] Statistics statistics() const;
  [[nodiscard]] std::int64_t default_size() const { return default_size_; }  ///< pixels along a side
  /// All slots that an adapter can act on, in order of name.
  [[nodiscard]] std::vector<graph::Slot> slots() const;

 private:
  /// The bindings of a request: one for all its images, or one an image.
  struct Bound;

  [[nodiscard]] Request checked(Request request) const;
  std::shared_ptr<const runtime::AdapterBinding> bind(const Component& component, const AdapterSet& set,
                                                      const Request& request);
  Bound bind(const Request& request, std::span<const AdapterSet> sets);
  std::vector<float> encode(const Request& request, const Bound& bound, Result& result);
  std::vector<float> denoise(const Request& request, schedulers::Scheduler& scheduler, const Bound& first,
                             const std::map<int, Bound>& changes, Result& result);
  Tensor decode(const Request& request, const std::vector<float>& latents);
  [[nodiscard]] ImageSize latent_size(const Request& request) const;

  std::shared_ptr<ThreadBudget> threads_;
  runtime::CompileOptions compile_options_;
  Json scheduler_config_;
  tokenizers::ClipTokenizer tokenizer_;
  std::int64_t latent_channels_ = 4, downsampling_ = 8, default_size_ = 512, text_width_ = 768;
  std::unique_ptr<Component> text_encoder_, unet_, vae_;
  adapters::AdapterCache cache_;
};

}  // namespace veneer::pipelines
