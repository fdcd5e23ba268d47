#include "pipelines/stable_diffusion.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "models/autoencoder_kl.h"
#include "models/clip_text.h"
#include "models/unet_2d_condition.h"

namespace veneer::pipelines {
namespace {

using checkpoint::Checkpoint;
using runtime::AdapterBinding;

/// How often the denoiser runs for one picture, as the adapters' cost model reckons.
constexpr double kTypicalEvaluations = 20;

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// model_index.json. Throws unless it describes what this pipeline is.
Json read_index(const std::filesystem::path& folder) {
  const auto path = folder / "model_index.json";
  Json index = read_json_file(path);
  if (!index.is_object()) fail(ErrorCode::corrupt_file, "{}: expected an object", path.string());
  const auto require = [&](const std::string& field, const Json& got, const std::string& expected) {
    if (got != expected)
      fail(ErrorCode::unsupported, "{}: {}: expected {}, got {}: not supported", path.string(), field, expected,
           got.dump());
  };
  require("_class_name", index.value("_class_name", Json()), "StableDiffusionPipeline");
  const std::pair<std::string, std::string> parts[] = {
      {"text_encoder", "CLIPTextModel"}, {"unet", "UNet2DConditionModel"}, {"vae", "AutoencoderKL"}};
  for (const auto& [field, expected] : parts) {
    const Json part = index.value(field, Json());
    require(field, part.is_array() && part.size() == 2 ? part[1] : part, expected);
  }
  return index;
}

/// scheduler_config.json as diffusers loads it: for the class that the index names, without what only states defaults.
Json read_scheduler(const std::filesystem::path& folder, const Json& index) {
  const auto path = folder / "scheduler" / "scheduler_config.json";
  Json config = schedulers::read_scheduler_config(path);
  if (!config.is_object())
    fail(ErrorCode::corrupt_file, "{}: expected an object, got {}", path.string(), config.type_name());
  const Json named = index.value("scheduler", Json());
  if (named.is_array() && named.size() == 2 && named[1].is_string()) config["_class_name"] = named[1];
  const Json defaults = config.value("_use_default_values", Json::array());
  for (const Json& field : defaults)
    if (field.is_string()) config.erase(field.get<std::string>());
  config.erase("_use_default_values");
  return config;
}

template <class Config>
Config read_config(const std::filesystem::path& folder) {
  const auto path = folder / "config.json";
  return Config::from_json(read_json_file(path), path.string());
}

/// Before diffusers 0.9 unets of 64x64 latents were published with `sample_size` 32 and 16.
bool states_no_size(const Json& unet) {
  const Json version = unet.value("_diffusers_version", Json());
  int minor = 0;
  return version.is_string() && std::sscanf(version.get_ref<const std::string&>().c_str(), "0.%d.", &minor) == 1 &&
         minor < 9;
}

/// Side of the latents that the model was trained for.
std::int64_t native_side(const std::filesystem::path& unet) {
  constexpr std::int64_t kUsual = 64, kLargest = 1024;
  const auto path = unet / "config.json";
  const Json config = read_json_file(path);
  const Json side = config.value("sample_size", Json());
  if (side.is_null()) return kUsual;
  if (!side.is_number_integer() || side < 1 || side > kLargest)
    fail(ErrorCode::unsupported, "{}: sample_size: expected an integer from 1 to {}, got {}: not supported",
         path.string(), kLargest, side.dump());
  return states_no_size(config) ? std::max(kUsual, side.get<std::int64_t>()) : side.get<std::int64_t>();
}

bool all_finite(std::span<const float> values) {
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

/// Of what was computed: finite weights can still overflow.
void require_finite(std::span<const float> values, std::string_view what) {
  if (!all_finite(values))
    fail(ErrorCode::invalid_argument,
         "{}: expected finite values, got NaN or infinity: the model's weights hold such, or an adapter's weight or "
         "guidance_scale is too large",
         what);
}

/// What the adapters' files hold that does not count, once each.
void add_warnings(std::span<const AdapterSet> sets, std::vector<std::string>& warnings) {
  for (const AdapterSet& set : sets)
    for (const auto& [adapter, weight] : set)
      for (const std::string& warning : adapter->warnings)
        if (std::ranges::find(warnings, warning) == warnings.end()) warnings.push_back(warning);
}

bool uses_guidance(const Request& request) {
  return request.guidance_scale > 1;
}

}  // namespace

struct StableDiffusion::Bound {
  using Bindings = std::vector<std::shared_ptr<const AdapterBinding>>;
  Bindings text, unet;

  /// One pointer a sample of a batch that holds all images `copies` times over; one in all where they are the same.
  static std::vector<const AdapterBinding*> per_sample(const Bindings& bindings, std::size_t copies) {
    std::vector<const AdapterBinding*> result;
    for (std::size_t i = 0; i < (bindings.size() == 1 ? 1 : copies * bindings.size()); ++i)
      result.push_back(bindings[i % bindings.size()].get());
    return result;
  }
};

StableDiffusion::StableDiffusion(const std::filesystem::path& folder, const Options& options)
    : threads_(std::make_shared<ThreadBudget>(options.threads > 0 ? options.threads : available_cores())),
      compile_options_{threads_, options.team, options.disabled_passes},
      scheduler_config_(read_scheduler(folder, read_index(folder))),
      tokenizer_(tokenizers::ClipTokenizer::open(folder / "tokenizer")),
      cache_(options.adapter_cache_bytes) {
  if (options.team < 0 || options.team > threads_->size())
    fail(ErrorCode::invalid_argument, "team: expected 0 to {} threads, got {}", threads_->size(), options.team);
  const auto text_config = read_config<models::ClipTextConfig>(folder / "text_encoder");
  const auto unet_config = read_config<models::UnetConfig>(folder / "unet");
  auto vae_config = read_config<models::AutoencoderKlConfig>(folder / "vae");
  vae_config.shift_factor = 0;  // StableDiffusionPipeline divides by the scaling factor and adds nothing

  const std::int64_t tokens = tokenizer_.model_max_length();
  const auto last_token = tokenizer_.last_token();
  if (last_token.id >= text_config.vocab_size)
    fail(ErrorCode::invalid_argument, "{}: expected ids below {} (text_encoder's vocab_size), got {} for \"{}\"",
         (folder / "tokenizer").string(), text_config.vocab_size, last_token.id, last_token.text);
  struct Agreement {
    std::string_view file, field, other;
    std::int64_t expected, got;
  };
  const Agreement agreements[] = {
      {"unet", "cross_attention_dim", "text_encoder's hidden_size", text_config.hidden_size,
       unet_config.cross_attention_dim},
      {"unet", "out_channels", "its in_channels", unet_config.in_channels, unet_config.out_channels},
      {"vae", "latent_channels", "unet's in_channels", unet_config.in_channels, vae_config.latent_channels},
      {"vae", "out_channels", "red, green, blue", 3, vae_config.out_channels}};
  for (const auto& [part, field, other, expected, got] : agreements)
    if (got != expected)
      fail(ErrorCode::invalid_argument, "{}: {}: expected {} ({}), got {}", (folder / part / "config.json").string(),
           field, expected, other, got);
  if (tokens > text_config.max_positions)
    fail(ErrorCode::invalid_argument, "{}: model_max_length: expected at most {} (text_encoder), got {}",
         (folder / "tokenizer").string(), text_config.max_positions, tokens);
  text_width_ = text_config.hidden_size;
  latent_channels_ = unet_config.in_channels;
  downsampling_ = vae_config.downsampling();
  const std::int64_t native = native_side(folder / "unet");
  default_size_ = native * downsampling_;

  text_encoder_ = std::make_unique<Component>(
      "text_encoder", Checkpoint::open(folder / "text_encoder"),
      [=](const Checkpoint& weights, const PlanShape& shape) {
        return models::build_clip_text(text_config, weights, {shape.batch, tokens});
      },
      PlanShape{2, 0, 0}, compile_options_);
  unet_ = std::make_unique<Component>(
      "unet", Checkpoint::open(folder / "unet"),
      [=](const Checkpoint& weights, const PlanShape& shape) {
        return models::build_unet(unet_config, weights, {shape.batch, shape.height, shape.width, tokens});
      },
      PlanShape{2, native, native}, compile_options_);
  vae_ = std::make_unique<Component>(
      "vae", Checkpoint::open(folder / "vae"),
      [=](const Checkpoint& weights, const PlanShape& shape) {
        return models::build_decoder(vae_config, weights, {shape.batch, shape.height, shape.width});
      },
      PlanShape{1, native, native}, compile_options_);
}

std::shared_ptr<const adapters::Adapter> StableDiffusion::load_adapter(const std::filesystem::path& path) {
  auto adapter = cache_.adapter(path);
  const Component* components[] = {text_encoder_.get(), unet_.get()};
  for (const auto& delta : adapter->deltas) {
    const bool known = std::ranges::any_of(
        components, [&](const Component* component) { return delta.target.starts_with(component->name() + "."); });
    if (!known)
      fail(ErrorCode::unsupported, "{}: {}: expected a layer of text_encoder or unet", path.string(), delta.target);
  }
  for (const Component* component : components) adapters::check_fits(*adapter, component->name(), component->slots());
  return adapter;
}

Result StableDiffusion::generate(const Request& given) {
  const Request request = checked(given);
  const Json schedule = scheduler_config(request.scheduler);
  constexpr schedulers::Formulation kFormulations[] = {schedulers::Formulation::diffusion};
  schedulers::check_formulation(schedule, request.scheduler, kFormulations);
  const auto scheduler = schedulers::make_scheduler(schedule, request.scheduler,
                                                    {.num_inference_steps = request.num_inference_steps});
  const auto evaluations = static_cast<int>(scheduler->timesteps().size());
  for (const AdapterChange& change : request.adapter_changes)
    if (change.step < 0 || change.step >= evaluations)
      fail(ErrorCode::invalid_argument, "adapter_changes: expected steps from 0 to {}, got {}", evaluations - 1,
           change.step);
  Result result;
  const ImageSize latents = latent_size(request);
  const std::int64_t copies = uses_guidance(request) ? 2 : 1;
  // Compile first: slots must be known before adapters can be bound, and a swap is not to be charged for it.
  (void)text_encoder_->plan({copies, 0, 0});
  (void)unet_->plan({copies * request.num_images, latents.height, latents.width});
  (void)vae_->plan({1, latents.height, latents.width});

  const Stopwatch swap;
  const std::span sets =
      request.image_adapters.empty() ? std::span(&request.adapters, 1) : std::span(request.image_adapters);
  const Bound bound = bind(request, sets);
  std::map<int, Bound> changes;
  for (const AdapterChange& change : request.adapter_changes)
    changes[change.step] = bind(request, std::span(&change.adapters, 1));
  result.swap_seconds = swap.seconds();

  const std::vector<float> clean = denoise(request, *scheduler, bound, changes, result);
  require_finite(clean, "latents");
  add_warnings(sets, result.warnings);
  const Stopwatch decoding;
  result.images = decode(request, clean);
  result.decode_seconds = decoding.seconds();
  result.latents = Tensor::from_f32({latents.batch, latents.channels, latents.height, latents.width}, clean);
  return result;
}

Request StableDiffusion::checked(Request request) const {
  const auto require = [](bool condition, std::string_view field, std::string_view expected, const auto& got) {
    if (!condition) fail(ErrorCode::invalid_argument, "{}: expected {}, got {}", field, expected, got);
  };
  if (request.width == 0) request.width = default_size_;
  if (request.height == 0) request.height = default_size_;
  const std::int64_t multiple = std::max<std::int64_t>(8, downsampling_);
  const std::string size_rule = fmt::format("a multiple of {} from {} to {}", multiple, multiple, kLargestSide);
  for (const auto& [field, value] : {std::pair("width", request.width), std::pair("height", request.height)})
    require(value >= multiple && value <= kLargestSide && value % multiple == 0, field, size_rule, value);
  require(request.num_images >= 1 && request.num_images <= kMostImages, "num_images",
          fmt::format("1 to {}", kMostImages), request.num_images);
  require(request.num_inference_steps >= 1, "steps", "at least 1", request.num_inference_steps);
  require(std::isfinite(request.guidance_scale), "guidance_scale", "a finite number", request.guidance_scale);
  require(
      request.image_adapters.empty() || request.image_adapters.size() == static_cast<std::size_t>(request.num_images),
      "image_adapters", fmt::format("one set for each of {} images", request.num_images),
      request.image_adapters.size());
  const auto require_weights = [&](const AdapterSet& set) {
    for (const auto& [adapter, weight] : set) {
      if (!adapter) fail(ErrorCode::invalid_argument, "adapters: expected an adapter, got null");
      require(std::isfinite(weight), adapter->name + ": weight", "a finite number", weight);
    }
  };
  require_weights(request.adapters);
  for (const AdapterSet& set : request.image_adapters) require_weights(set);
  for (const AdapterChange& change : request.adapter_changes) require_weights(change.adapters);
  require(std::ranges::is_sorted(request.adapter_changes, {}, &AdapterChange::step), "adapter_changes",
          "an order by step", "another");
  if (request.latents) {
    const ImageSize size = latent_size(request);
    const Shape expected = {size.batch, size.channels, size.height, size.width};
    require(request.latents->shape() == expected && is_floating(request.latents->dtype()), "latents",
            "floating point " + to_string(expected), request.latents->describe());
    if (!all_finite(request.latents->to_f32()))
      fail(ErrorCode::invalid_argument, "latents: expected finite values, got NaN or infinity");
  }
  return request;
}

ImageSize StableDiffusion::latent_size(const Request& request) const {
  return {request.num_images, latent_channels_, request.height / downsampling_, request.width / downsampling_};
}

std::shared_ptr<const AdapterBinding> StableDiffusion::bind(const Component& component, const AdapterSet& set,
                                                            const Request& request) {
  std::string key = fmt::format("{} {}", component.name(), static_cast<int>(request.adapter_mode));
  for (const auto& [adapter, weight] : set)
    if (weight != 0) key += fmt::format(" {}:{}", to_string(adapter->content_hash), weight);
  return cache_.binding(key, [&] {
    const ThreadLease lease(*threads_, compile_options_.team > 0 ? compile_options_.team : threads_->size());
    const double evaluations = &component == unet_.get() ? kTypicalEvaluations : 1;
    return adapters::bind(set, component.name(), component.slots(), component.weights(), request.adapter_mode,
                          {evaluations});
  });
}

StableDiffusion::Bound StableDiffusion::bind(const Request& request, std::span<const AdapterSet> sets) {
  Bound bound;
  for (const AdapterSet& set : sets) {
    bound.text.push_back(set.empty() ? nullptr : bind(*text_encoder_, set, request));
    bound.unet.push_back(set.empty() ? nullptr : bind(*unet_, set, request));
  }
  return bound;
}

/// [copies * num_images, tokens, width]: the negative prompt's for all images, then the prompt's.
std::vector<float> StableDiffusion::encode(const Request& request, const Bound& bound, Result& result) {
  const std::size_t copies = uses_guidance(request) ? 2 : 1;
  const auto images = static_cast<std::size_t>(request.num_images);
  std::vector<std::int32_t> ids;
  result.warnings.clear();
  const auto append = [&](const std::string& name, const std::string& text) {
    const auto encoded = tokenizer_.encode(text);
    ids.insert(ids.end(), encoded.ids.begin(), encoded.ids.end());
    if (!encoded.truncated_text.empty())
      result.warnings.push_back(fmt::format("{}: longer than {} tokens; this part was cut: {}", name,
                                            tokenizer_.model_max_length(), encoded.truncated_text));
  };
  if (copies == 2) append("negative_prompt", request.negative_prompt);
  append("prompt", request.prompt);

  const auto plan = text_encoder_->plan({static_cast<std::int64_t>(copies), 0, 0});
  const auto workspace = text_encoder_->workspace(plan);
  const std::size_t one = static_cast<std::size_t>(tokenizer_.model_max_length() * text_width_);
  std::vector<float> embeddings(copies * images * one), encoded(copies * one);
  for (std::size_t image = 0; image < images; ++image) {
    if (image < bound.text.size()) {  // all images share the last binding where there are fewer
      const AdapterBinding* const binding[] = {bound.text[image].get()};
      plan->run(*workspace, 0, {{"input_ids", ids}}, {{"last_hidden_state", encoded}}, binding);
    }
    for (std::size_t copy = 0; copy < copies; ++copy)
      std::copy_n(encoded.begin() + static_cast<std::ptrdiff_t>(copy * one), one,
                  embeddings.begin() + static_cast<std::ptrdiff_t>((copy * images + image) * one));
  }
  return embeddings;
}

std::vector<float> StableDiffusion::denoise(const Request& request, schedulers::Scheduler& scheduler,
                                            const Bound& first, const std::map<int, Bound>& changes, Result& result) {
  const std::size_t copies = uses_guidance(request) ? 2 : 1;
  const ImageSize size = latent_size(request);
  const std::size_t count = size.elements();
  const std::span<const float> timesteps = scheduler.timesteps();

  schedulers::NoiseSource noise(request.seed, static_cast<std::size_t>(request.num_images));
  std::vector<float> latents = request.latents ? request.latents->to_f32() : std::vector<float>(count);
  if (!request.latents) noise.fill_normal(latents);
  for (float& value : latents) value *= scheduler.init_noise_sigma();

  const auto plan = unet_->plan({static_cast<std::int64_t>(copies) * size.batch, size.height, size.width});
  const auto workspace = unet_->workspace(plan);
  std::vector<const AdapterBinding*> binding;
  const auto prepare = [&](const Bound& bound) {
    const Stopwatch encoding;
    const std::vector<float> embeddings = encode(request, bound, result);
    binding = Bound::per_sample(bound.unet, copies);
    plan->prepare(*workspace, {{"encoder_hidden_states", embeddings}}, {{"timestep", timesteps}}, binding);
    result.encode_seconds += encoding.seconds();
  };
  prepare(first);

  const Stopwatch denoising;
  std::vector<float> model_input(count), sample(copies * count), predicted(copies * count), noise_pred(count);
  for (std::size_t step = 0; step < timesteps.size(); ++step) {
    if (request.stop.stop_requested()) fail(ErrorCode::cancelled, "stopped before step {}", step + 1);
    if (const auto change = changes.find(static_cast<int>(step)); change != changes.end()) prepare(change->second);
    scheduler.scale_model_input(latents, step, model_input);
    to_channels_last(size, model_input, std::span(sample).first(count));
    if (copies == 2) std::copy_n(sample.begin(), count, sample.begin() + static_cast<std::ptrdiff_t>(count));
    plan->run(*workspace, step, {{"sample", sample}}, {{"noise_pred", predicted}}, binding);
    if (copies == 2)  // https://arxiv.org/abs/2207.12598
      for (std::size_t i = 0; i < count; ++i)
        predicted[i] += request.guidance_scale * (predicted[count + i] - predicted[i]);
    to_channels_first(size, std::span(predicted).first(count), noise_pred);
    scheduler.step(noise_pred, step, latents, noise);
    if (request.progress) request.progress({static_cast<int>(step) + 1, static_cast<int>(timesteps.size())});
  }
  result.evaluations = static_cast<int>(timesteps.size());
  result.denoise_seconds = denoising.seconds();
  return latents;
}

/// One image after the other: a decoder's activations are the largest of all.
Tensor StableDiffusion::decode(const Request& request, const std::vector<float>& latents) {
  const ImageSize size = latent_size(request), one{1, size.channels, size.height, size.width};
  const ImageSize image{1, 3, request.height, request.width};
  const auto plan = vae_->plan({1, size.height, size.width});
  const auto workspace = vae_->workspace(plan);
  std::vector<float> input(one.elements()), output(image.elements());
  std::vector<float> images(static_cast<std::size_t>(size.batch) * image.elements());
  for (std::size_t i = 0; i < static_cast<std::size_t>(size.batch); ++i) {
    if (request.stop.stop_requested()) fail(ErrorCode::cancelled, "stopped before decoding");
    to_channels_last(one, std::span(latents).subspan(i * one.elements(), one.elements()), input);
    plan->run(*workspace, 0, {{"latents", input}}, {{"images", output}});
    to_channels_first(image, output, std::span(images).subspan(i * image.elements(), image.elements()));
  }
  require_finite(images, "images");
  for (float& value : images) value = std::clamp(value / 2 + 0.5f, 0.0f, 1.0f);
  return Tensor::from_f32({size.batch, 3, request.height, request.width}, std::move(images));
}

Json StableDiffusion::scheduler_config(std::string_view scheduler) const {
  Json config = scheduler_config_;
  const auto counts = [&](const char* field) { return scheduler.empty() || config.contains(field); };
  if (counts("steps_offset")) config["steps_offset"] = 1;
  if (counts("clip_sample")) config["clip_sample"] = false;
  return config;
}

Statistics StableDiffusion::statistics() const {
  Statistics result;
  for (const Component* component : {text_encoder_.get(), unet_.get(), vae_.get()}) {
    result.plans_compiled += component->plans_compiled();
    result.weights_packed += component->weights().times_packed();
    result.packed_bytes += component->weights().packed_bytes();
  }
  result.cache = cache_.statistics();
  return result;
}

std::vector<graph::Slot> StableDiffusion::slots() const {
  std::vector<graph::Slot> result;
  for (const Component* component : {text_encoder_.get(), unet_.get()})
    result.insert(result.end(), component->slots().begin(), component->slots().end());
  return result;
}

}  // namespace veneer::pipelines
