// What a pipeline is asked for and what it gives back. Values; the adapters in them are shared and immutable.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/bind.h"
#include "tensor/tensor.h"

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

/// Pixels.
struct PixelSize {
  std::int64_t height = 0, width = 0;
  friend bool operator==(const PixelSize&, const PixelSize&) = default;
};

/// What Stable Diffusion XL is told of a picture's size: https://arxiv.org/abs/2307.01952, section 2.2.
struct SizeConditioning {
  std::optional<PixelSize> original_size{}, target_size{};  ///< absent: the picture's own
  std::int64_t crop_top = 0, crop_left = 0;
  friend bool operator==(const SizeConditioning&, const SizeConditioning&) = default;
};

/// What some families take and others do not.
enum class RequestField { prompt_2, prompt_3, sizes, true_cfg_scale, max_sequence_length };

struct Request {
  std::string prompt{};
  std::optional<std::string> negative_prompt{};  ///< absent: none, which Stable Diffusion XL tells from an empty one
  std::optional<std::string> prompt_2{}, negative_prompt_2{};  ///< for the second text encoder; absent: the same
  std::optional<std::string> prompt_3{}, negative_prompt_3{};  ///< for the third
  std::uint64_t seed = 0;                                      ///< image i of the batch draws from seed + i
  std::optional<int> num_inference_steps{};                    ///< absent: the family's own, as in diffusers
  /// Of classifier-free guidance; at most 1: none, and the negative prompt is not used. For Flux the number that the
  /// model itself was trained to take. Absent: the family's own.
  std::optional<float> guidance_scale{};
  std::optional<float> true_cfg_scale{};              ///< classifier-free guidance of Flux, with a negative prompt
  std::optional<std::int64_t> max_sequence_length{};  ///< tokens that T5 sees; absent: the family's own
  std::int64_t width = 0, height = 0;  ///< pixels, multiples of 8 or what the family asks for; 0: its own size
  int num_images = 1;
  std::string scheduler{};          ///< a name (schedulers::scheduler_names()); empty: the model's own
  std::optional<Tensor> latents{};  ///< [num_images,C,height/8,width/8], N(0,1); instead of noise from the seed

  SizeConditioning sizes{};           ///< Stable Diffusion XL
  SizeConditioning negative_sizes{};  ///< of the negative rows; counts where both its sizes are given, as in diffusers

  AdapterSet adapters{};
  /// One set an image, instead of `adapters`. The images share a batch if adapters::has_branch_form() for all;
  /// otherwise they are made one after the other.
  std::vector<AdapterSet> image_adapters{};
  std::vector<AdapterChange> adapter_changes{};  ///< in order of step; all are bound before the first
  adapters::AdapterMode adapter_mode = adapters::AdapterMode::automatic;

  std::function<void(const Progress&)> progress{};  ///< called after each evaluation
  std::stop_token stop{};                           ///< looked at before each evaluation: Error cancelled
};

struct Result {
  Tensor images;   ///< f32 [num_images,3,height,width] in 0..1, not rounded
  Tensor latents;  ///< f32 [num_images,C,height/8,width/8], before decoding
  std::vector<std::string> warnings;
  double swap_seconds = 0;     ///< from the adapters to bindings that are ready to run
  double encode_seconds = 0;   ///< text, again after each change of adapters
  double denoise_seconds = 0;  ///< all evaluations, without the text
  double decode_seconds = 0;
  int evaluations = 0;
};

}  // namespace veneer::pipelines
