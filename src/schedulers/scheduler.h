// What a sampler is to a pipeline: a list of model evaluations and a step after each, equal to diffusers 0.42.
// A scheduler belongs to one request (multistep methods keep a history) and is not shared by threads.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "schedulers/noise.h"

namespace veneer::schedulers {

/// What a schedule is made for.
struct ScheduleRequest {
  int num_inference_steps = 0;
  /// How many tokens an image is in the denoiser. Only use_dynamic_shifting asks for it; 0: not known.
  int image_sequence_length = 0;
  /// One noise level a step, falling within 0..1, in place of the scheduler's own and before it shifts them (Flux);
  /// empty: the scheduler's own. Only flow_match_euler and flow_match_lcm take them.
  std::vector<double> sigmas{};
};

/// What a model was trained to undo: noise of how many variances, told to it by which number. A model can be sampled
/// by the schedulers of its own formulation only.
enum class Formulation {
  diffusion,      ///< timesteps of a beta schedule: Stable Diffusion 1, 2, XL
  edm,            ///< Karras et al., arXiv 2206.00364: log sigma / 4 (Playground 2.5, CosXL)
  flow_matching,  ///< straight paths between noise and image: Stable Diffusion 3, Flux
};

/// The request's loop:
///
///   latents = noise * init_noise_sigma()
///   for i, t in timesteps(): scale_model_input(latents, i, model_input)
///                            noise_pred = model(model_input, t)
///                            step(noise_pred, i, latents, noise)
class Scheduler {
 public:
  virtual ~Scheduler() = default;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// One entry for each evaluation of the model, in order: diffusers' `scheduler.timesteps`. Heun and pndm evaluate
  /// more often than num_inference_steps says.
  [[nodiscard]] std::span<const float> timesteps() const { return timesteps_; }

  /// diffusers' `scheduler.sigmas`, one more than there are evaluations as a rule; empty for ddim, pndm and lcm. In
  /// 0..1 for flow matching.
  [[nodiscard]] std::span<const float> sigmas() const { return sigmas_; }

  /// Standard deviation of the latents that the first evaluation expects.
  [[nodiscard]] float init_noise_sigma() const { return init_noise_sigma_; }

  /// What the model sees of `latents` at evaluation step_index. `model_input` may be `latents`.
  void scale_model_input(std::span<const float> latents, std::size_t step_index, std::span<float> model_input) const;

  /// Whether a run may begin with evaluation step_index, as image to image does: where a step begins, so not between
  /// the two evaluations of one of Heun's, and for pndm with Runge-Kutta steps at 0 only. A late start is diffusers'.
  /// From there dpmpp_2m and unipc build up their order as from 0; lms leaves out the slopes that it does not know, and
  /// pndm takes its second evaluation for the repeated one of a start at 0: both arrive at another image.
  [[nodiscard]] virtual bool may_start_at(std::size_t step_index) const { return step_index < timesteps_.size(); }

  /// Takes the model's answer to evaluation step_index and moves `latents` on, in place. may_start_at() the first
  /// call's step_index; each later call has the next one. `noise` is drawn from by the ancestral, consistency and
  /// stochastic members only, once a step, for the whole batch.
  void step(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents, NoiseSource& noise);

  /// latents = what clean latents look like at evaluation step_index with this noise (N(0, 1)) in them.
  void add_noise(std::span<float> latents, std::span<const float> noise, std::size_t step_index) const;

 protected:
  struct NoiseLevel {
    float signal;  ///< factor of the clean latents
    float noise;   ///< factor of the noise
  };

  Scheduler() = default;

  std::vector<float> timesteps_;
  std::vector<float> sigmas_;
  float init_noise_sigma_ = 1.0F;

 private:
  virtual void advance(std::span<const float> noise_pred, std::size_t step_index, std::span<float> latents,
                       NoiseSource& noise) = 0;
  [[nodiscard]] virtual NoiseLevel noise_level(std::size_t step_index) const = 0;
  [[nodiscard]] virtual float input_divisor(std::size_t /*step_index*/) const { return 1.0F; }

  std::size_t next_step_ = 0;
  bool started_ = false;
};

/// Reads scheduler_config.json. As read_json_file, but also takes the Infinity, -Infinity and NaN that Python's json
/// module writes (diffusers saves `"lambda_min_clipped": -Infinity`); they become strings, which make_scheduler knows.
Json read_scheduler_config(const std::filesystem::path& path);

/// The scheduler that a model's scheduler_config.json describes, set to the request.
///
/// `name` empty: the one that `_class_name` names. Otherwise one of scheduler_names() or an alias, and the
/// configuration counts as in diffusers' `X.from_config(pipe.scheduler.config)`: X takes the fields that it knows,
/// the rest are its own defaults, and fields that it does not know are passed over in silence. A name that ends in
/// `_karras` sets use_karras_sigmas; one that does not leaves it as the configuration has it.
///
/// Throws Error: not_found (no such name; lists the names, nearest first), corrupt_file (a field of the wrong type),
/// unsupported (a value or field that would change the result and is not implemented, by name),
/// invalid_argument (num_inference_steps outside 1..num_train_timesteps, no image_sequence_length where the
/// configuration shifts by it, sigmas that are not as ScheduleRequest says or that the scheduler does not take).
///
/// One departure from diffusers: with trailing spacing its floating-point arange yields one timestep too many for 62
/// of the counts 1..1000 (61, 103, 121...), the last being -1. That entry is left out here.
std::unique_ptr<Scheduler> make_scheduler(const Json& config, std::string_view name, const ScheduleRequest& request);

/// Every name that make_scheduler takes, aliases and spellings ("DPM++ 2M Karras" is dpmpp_2m_karras) left out: "ddim",
/// "pndm", "euler", "euler_karras", ...
std::vector<std::string> scheduler_names();

/// The one of scheduler_names() that make_scheduler makes for these arguments: aliases resolved, and with "_karras"
/// also where it is the configuration that asks for it. Throws as make_scheduler.
std::string scheduler_name(const Json& config, std::string_view name);

/// Throws Error not_found, with the nearest names first, unless make_scheduler takes `name`.
void check_scheduler_name(std::string_view name);

/// Throws Error unsupported, listing the schedulers that would do, unless the one that make_scheduler makes for
/// `config` and `name` is of one of these formulations; otherwise throws as make_scheduler.
void check_formulation(const Json& config, std::string_view name, std::span<const Formulation> expected);

}  // namespace veneer::schedulers
