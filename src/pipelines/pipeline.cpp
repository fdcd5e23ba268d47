#include "pipelines/pipeline.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>

#include "adapters/family.h"
#include "base/error.h"
#include "pipelines/denoise_loop.h"
#include "pipelines/image_by_image.h"
#include "pipelines/start.h"

namespace veneer::pipelines {
namespace {

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

bool all_finite(std::span<const float> values) {
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

struct OptionalField {
  RequestField field;
  std::string_view name;
  bool (*given)(const Request& request);
};

constexpr OptionalField kOptionalFields[] = {
    {RequestField::prompt_2, "prompt_2", [](const Request& r) { return r.prompt_2.has_value(); }},
    {RequestField::prompt_2, "negative_prompt_2", [](const Request& r) { return r.negative_prompt_2.has_value(); }},
    {RequestField::prompt_3, "prompt_3", [](const Request& r) { return r.prompt_3.has_value(); }},
    {RequestField::prompt_3, "negative_prompt_3", [](const Request& r) { return r.negative_prompt_3.has_value(); }},
    {RequestField::true_cfg_scale, "true_cfg_scale", [](const Request& r) { return r.true_cfg_scale.has_value(); }},
    {RequestField::max_sequence_length, "max_sequence_length",
     [](const Request& r) { return r.max_sequence_length.has_value(); }},
    {RequestField::sizes, "sizes", [](const Request& r) { return r.sizes != SizeConditioning{}; }},
    {RequestField::sizes, "negative_sizes", [](const Request& r) { return r.negative_sizes != SizeConditioning{}; }},
};

/// What the adapters' files hold that does not count, once each.
void add_warnings(std::span<const AdapterSet> sets, std::vector<std::string>& warnings) {
  for (const AdapterSet& set : sets)
    for (const auto& [adapter, weight] : set)
      for (const std::string& warning : adapter->warnings)
        if (std::ranges::find(warnings, warning) == warnings.end()) warnings.push_back(warning);
}

/// The bindings of the denoiser's rows: all images of the first row of guidance, then of the second.
std::vector<std::shared_ptr<const runtime::AdapterBinding>> for_rows(
    const std::vector<std::shared_ptr<const runtime::AdapterBinding>>& images, std::int64_t rows) {
  if (images.size() == 1) return images;
  std::vector<std::shared_ptr<const runtime::AdapterBinding>> result;
  for (std::int64_t row = 0; row < rows; ++row) result.insert(result.end(), images.begin(), images.end());
  return result;
}

}  // namespace

Pipeline::Pipeline(const std::filesystem::path& folder, const Options& options)
    : threads_(std::make_shared<ThreadBudget>(options.threads > 0 ? options.threads : available_cores())),
      compile_options_{.threads = threads_,
                       .team = options.team,
                       .disabled_passes = options.disabled_passes,
                       .adapters = runtime::CompileOptions::Adapters::expected},
      family_(open_family(folder, compile_options_)),
      cache_(options.adapter_cache_bytes) {
  if (options.team < 0 || options.team > threads_->size())
    fail(ErrorCode::invalid_argument, "team: expected 0 to {} threads, got {}", threads_->size(), options.team);
}

std::shared_ptr<const adapters::Adapter> Pipeline::load_adapter(const std::filesystem::path& path) {
  auto adapter = cache_.adapter(path);
  const std::vector<Component*> components = family_.adaptable();
  for (const auto& delta : adapter->deltas) {
    const bool known = std::ranges::any_of(
        components, [&](const Component* component) { return delta.target.starts_with(component->name() + "."); });
    std::vector<std::string> names;
    for (const Component* component : components) names.push_back(component->name());
    if (known) continue;
    const std::string made_for = adapters::family_of(*adapter);
    fail(ErrorCode::unsupported, "{}: {}: expected a layer of {} ({}){}", path.string(), delta.target,
         fmt::join(names, " or "), family_.name, made_for.empty() ? "" : "; the file is for " + made_for);
  }
  for (const Component* component : components) adapters::check_fits(*adapter, component->name(), component->slots());
  return adapter;
}

Result Pipeline::generate(const Request& given) {
  const Request request = checked(given);
  if (needs_one_batch_an_image(request))
    return generate_each(request, [this](const Request& one) { return generate(one); });
  const Json schedule = scheduler_config(request.scheduler);
  schedulers::check_formulation(schedule, request.scheduler, family_.formulations);
  const auto scheduler =
      schedulers::make_scheduler(schedule, request.scheduler, family_.schedule(request, latent_size(request)));
  const auto evaluations = static_cast<int>(scheduler->timesteps().size());
  for (const AdapterChange& change : request.adapter_changes)
    if (change.step < 0 || change.step >= evaluations)
      fail(ErrorCode::invalid_argument, "adapter_changes: expected steps from 0 to {}, got {}", evaluations - 1,
           change.step);
  compile(request);

  Result result;
  const Stopwatch swap;
  std::map<std::size_t, Bound> bound;  // from which step on
  const std::span sets =
      request.image_adapters.empty() ? std::span(&request.adapters, 1) : std::span(request.image_adapters);
  bound[0] = bind(request, sets);
  for (const AdapterChange& change : request.adapter_changes)
    bound[static_cast<std::size_t>(change.step)] = bind(request, std::span(&change.adapters, 1));
  result.swap_seconds = swap.seconds();

  const std::vector<float> clean = denoise(request, *scheduler, bound, result);
  require_finite(clean, "latents");
  add_warnings(sets, result.warnings);
  const Stopwatch decoding;
  const ImageSize size = latent_size(request);
  result.images = family_.latent_space.decode(size, clean, request.stop);
  result.decode_seconds = decoding.seconds();
  result.latents = Tensor::from_f32({size.batch, size.channels, size.height, size.width}, clean);
  return result;
}

Request Pipeline::checked(Request request) const {
  const auto require = [](bool condition, std::string_view field, std::string_view expected, const auto& got) {
    if (!condition) fail(ErrorCode::invalid_argument, "{}: expected {}, got {}", field, expected, got);
  };
  if (request.width == 0) request.width = default_size();
  if (request.height == 0) request.height = default_size();
  if (!request.num_inference_steps) request.num_inference_steps = family_.default_steps;
  if (!request.guidance_scale) request.guidance_scale = family_.default_guidance_scale;
  const std::int64_t multiple = family_.latent_space.multiple();
  const std::string size_rule = fmt::format("a multiple of {} from {} to {}", multiple, multiple, kLargestSide);
  for (const auto& [field, value] : {std::pair("width", request.width), std::pair("height", request.height)})
    require(value >= multiple && value <= kLargestSide && value % multiple == 0, field, size_rule, value);
  require(request.num_images >= 1 && request.num_images <= kMostImages, "num_images",
          fmt::format("1 to {}", kMostImages), request.num_images);
  require(*request.num_inference_steps >= 1, "steps", "at least 1", *request.num_inference_steps);
  require(std::isfinite(*request.guidance_scale), "guidance_scale", "a finite number", *request.guidance_scale);
  const float true_cfg_scale = request.true_cfg_scale.value_or(1);
  require(std::isfinite(true_cfg_scale), "true_cfg_scale", "a finite number", true_cfg_scale);
  require(
      request.image_adapters.empty() || request.image_adapters.size() == static_cast<std::size_t>(request.num_images),
      "image_adapters", fmt::format("one set for each of {} images", request.num_images),
      request.image_adapters.size());
  for (const auto& [field, name, given] : kOptionalFields)
    if (given(request) && std::ranges::find(family_.fields, field) == family_.fields.end())
      fail(ErrorCode::invalid_argument, "{}: {} takes none", name, family_.name);
  if (request.max_sequence_length)
    require(*request.max_sequence_length >= 1 && *request.max_sequence_length <= family_.most_tokens,
            "max_sequence_length", fmt::format("1 to {} tokens", family_.most_tokens), *request.max_sequence_length);
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

ImageSize Pipeline::latent_size(const Request& request) const {
  return family_.latent_space.size(request.num_images, request.height, request.width);
}

/// First of all: slots must be known before adapters can be bound, and a swap is not to be charged for it.
void Pipeline::compile(const Request& request) const {
  const ImageSize latents = latent_size(request);
  const std::int64_t rows = family_.guidance(request).rows();
  const std::int64_t chosen = request.max_sequence_length.value_or(0);
  for (const TextEncoder& encoder : family_.conditioner.encoders)
    (void)encoder.component->plan(encoder.shape(rows, chosen), request.stop);
  (void)family_.denoiser->plan(
      {rows * latents.batch, latents.height, latents.width, family_.conditioner.tokens(chosen)}, request.stop);
  (void)family_.latent_space.decoder->plan({1, latents.height, latents.width}, request.stop);
}

std::shared_ptr<const runtime::AdapterBinding> Pipeline::bind(const Component& component, const AdapterSet& set,
                                                              const Request& request) {
  std::string key = fmt::format("{} {}", component.name(), static_cast<int>(request.adapter_mode));
  for (const auto& [adapter, weight] : set)
    if (weight != 0) key += fmt::format(" {}:{}", to_string(adapter->content_hash), weight);
  const auto make = [&] {
    const int team = compile_options_.team > 0 ? compile_options_.team : threads_->size();
    const ThreadLease lease(*threads_, team, request.stop);
    const bool denoises = &component == family_.denoiser.get();
    return adapters::bind(set, component.name(), component.slots(), component.weights(), request.adapter_mode,
                          denoises ? adapters::Workload{} : adapters::Workload{1});
  };
  return cache_.binding(key, make, request.stop);
}

Pipeline::Bound Pipeline::bind(const Request& request, std::span<const AdapterSet> sets) {
  Bound bound;
  for (const Component* component : family_.adaptable()) {
    Bindings& bindings = bound.emplace_back();
    for (const AdapterSet& set : sets) bindings.push_back(set.empty() ? nullptr : bind(*component, set, request));
  }
  return bound;
}

std::vector<float> Pipeline::denoise(const Request& request, schedulers::Scheduler& scheduler,
                                     const std::map<std::size_t, Bound>& bound, Result& result) const {
  const ImageSize size = latent_size(request);
  const Guidance guidance = family_.guidance(request);
  const std::vector<PromptRow> prompts = family_.prompts(request);
  const std::int64_t chosen = request.max_sequence_length.value_or(0);
  schedulers::NoiseSource noise(request.seed, static_cast<std::size_t>(request.num_images));

  const auto conditioning = [&](std::size_t step) -> std::unique_ptr<Conditioning> {
    const auto change = bound.find(step);
    if (change == bound.end()) return nullptr;
    const Stopwatch encoding;
    const auto text = std::span(change->second).first(change->second.size() - 1);
    auto inputs = family_.conditioner.encode(prompts, static_cast<std::size_t>(request.num_images), chosen, text,
                                             result.warnings, request.stop);
    if (family_.numbers) std::ranges::move(family_.numbers(request, guidance.rows()), std::back_inserter(inputs));
    result.encode_seconds += encoding.seconds();
    return std::make_unique<Conditioning>(
        Conditioning{std::move(inputs), for_rows(change->second.back(), guidance.rows())});
  };
  const DenoiseLoop loop{.denoiser = *family_.denoiser,
                         .scheduler = scheduler,
                         .noise = noise,
                         .size = size,
                         .packing = family_.latent_space.packing,
                         .tokens = family_.conditioner.tokens(chosen),
                         .guidance = guidance,
                         .conditioning = conditioning,
                         .progress = request.progress,
                         .stop = request.stop};
  const Stopwatch denoising;
  auto clean = loop.run(start_from_noise(size, request.latents, scheduler, noise));
  result.denoise_seconds = denoising.seconds() - result.encode_seconds;
  result.evaluations = static_cast<int>(scheduler.timesteps().size());
  return clean;
}

Json Pipeline::scheduler_config(std::string_view scheduler) const {
  return family_.scheduler_config(scheduler.empty() ? Family::SchedulerOf::model : Family::SchedulerOf::request);
}

Statistics Pipeline::statistics() const {
  Statistics result;
  std::vector<Component*> components = family_.adaptable();
  components.push_back(family_.latent_space.decoder.get());
  for (const Component* component : components) {
    result.plans_compiled += component->plans_compiled();
    result.weights_packed += component->weights().times_packed();
    result.packed_bytes += component->weights().packed_bytes();
  }
  result.cache = cache_.statistics();
  return result;
}

std::vector<graph::Slot> Pipeline::slots() const {
  std::vector<graph::Slot> result;
  for (const Component* component : family_.adaptable())
    result.insert(result.end(), component->slots().begin(), component->slots().end());
  return result;
}

}  // namespace veneer::pipelines
