// veneer bench: how long the parts of a pipeline take, on random weights of a well-known model's shape that are made in
// memory. One JSON line a figure.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <random>

#include "adapters/bind.h"
#include "adapters/cache.h"
#include "adapters/read_adapter.h"
#include "base/json.h"
#include "base/parallel.h"
#include "checkpoint/safetensors.h"
#include "cli/commands.h"
#include "cli/usage_error.h"
#include "models/named_config.h"
#include "models/random_checkpoint.h"
#include "pipelines/component.h"

namespace veneer::cli {
namespace {

using adapters::AdapterMode;
using pipelines::Component;
using pipelines::PlanShape;

struct Options {
  std::string what, config = "sd15";
  std::int64_t size = 512, batch = 1, rank = 16;
  int threads = available_cores(), repeat = 5;
  bool profile = false;
};

double time_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<double> repeat(int times, const std::function<void()>& work) {
  std::vector<double> seconds;
  for (int i = 0; i < times; ++i) seconds.push_back(time_of(work));
  return seconds;
}

double peak_megabytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

enum class Unit { seconds, microseconds };

void print_figure(const Options& options, const std::string& what, const std::string& which, Unit unit,
                  const std::vector<double>& seconds) {
  nlohmann::ordered_json line = {{"what", what}};
  if (!which.empty()) line["case"] = which;
  line["config"] = options.config;
  line["size"] = options.size;
  line["batch"] = options.batch;
  line["precision"] = "f32";
  line["threads"] = options.threads;
  const double factor = unit == Unit::seconds ? 1 : 1e6;
  const std::string suffix = unit == Unit::seconds ? "_s" : "_us";
  line["median" + suffix] = median(seconds) * factor;
  line["min" + suffix] = *std::ranges::min_element(seconds) * factor;
  line["repeat"] = seconds.size();
  line["peak_rss_mb"] = peak_megabytes();
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

/// The components of a pipeline at one size, over random weights, made as they are asked for.
class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options),
        config_(models::named_config(options.config)),
        budget_(std::make_shared<ThreadBudget>(options.threads)),
        lease_(*budget_, options.threads),
        side_(options.size / config_.vae.downsampling()) {}

  void step();
  void decode();
  void load();
  void swap();

 private:
  static constexpr std::int64_t kTokens = 77;

  std::unique_ptr<Component> unet(const checkpoint::Checkpoint& weights) {
    return std::make_unique<Component>(
        "unet", weights,
        [this](const checkpoint::Checkpoint& checkpoint, const PlanShape& shape) {
          return models::build_unet(config_.unet, checkpoint, {shape.batch, shape.height, shape.width, kTokens});
        },
        unet_shape(), compile_options());
  }
  std::unique_ptr<Component> text_encoder(const checkpoint::Checkpoint& weights) {
    return std::make_unique<Component>(
        "text_encoder", weights,
        [this](const checkpoint::Checkpoint& checkpoint, const PlanShape& shape) {
          return models::build_clip_text(config_.text_encoder, checkpoint, {shape.batch, kTokens});
        },
        PlanShape{options_.batch, 0, 0}, compile_options());
  }
  std::unique_ptr<Component> vae(const checkpoint::Checkpoint& weights) {
    return std::make_unique<Component>(
        "vae", weights,
        [this](const checkpoint::Checkpoint& checkpoint, const PlanShape& shape) {
          return models::build_decoder(config_.vae, checkpoint, {shape.batch, shape.height, shape.width});
        },
        vae_shape(), compile_options());
  }
  [[nodiscard]] PlanShape unet_shape() const { return {options_.batch, side_, side_}; }
  [[nodiscard]] PlanShape vae_shape() const { return {1, side_, side_}; }
  // The bench holds a lease of all threads itself; runs get a budget of their own.
  [[nodiscard]] runtime::CompileOptions compile_options() const {
    return {std::make_shared<ThreadBudget>(options_.threads), 0, {}};
  }

  std::vector<float> normal(std::int64_t count) {
    std::vector<float> values(static_cast<std::size_t>(count));
    std::normal_distribution<float> distribution;
    for (float& value : values) value = distribution(random_);
    return values;
  }

  [[nodiscard]] std::filesystem::path write_adapter(const Component& component, const std::string& name);
  void time_resident(const Component& component, const std::vector<std::filesystem::path>& files);
  void time_from_file(const Component& component, const std::vector<std::filesystem::path>& files);

  const Options& options_;
  const models::NamedConfig config_;
  const std::shared_ptr<ThreadBudget> budget_;
  const ThreadLease lease_;
  const std::int64_t side_;
  std::mt19937 random_{1};
};

/// Prints where the time of the evaluations went, by kind of operation.
class Profile {
 public:
  void watch(runtime::Workspace& workspace) {
    workspace.time_steps([this](std::string_view, std::string_view kind, double seconds) {
      auto& [total, count] = by_kind_[std::string(kind)];
      total += seconds;
      ++count;
    });
  }
  void print(const Options& options, int evaluations) const {
    double all = 0;
    for (const auto& [kind, entry] : by_kind_) all += entry.first;
    for (const auto& [kind, entry] : by_kind_) {
      const nlohmann::ordered_json line = {{"what", "profile"},
                                           {"of", options.what},
                                           {"kind", kind},
                                           {"seconds", entry.first / evaluations},
                                           {"share", entry.first / all},
                                           {"operations", entry.second / evaluations}};
      fmt::print("{}\n", line.dump());
    }
  }

 private:
  std::map<std::string, std::pair<double, int>> by_kind_;
};

void Bench::step() {
  const auto component = unet(models::random_checkpoint(models::parameter_shapes(config_.unet)));
  const auto plan = component->plan(unet_shape());
  runtime::Workspace workspace(plan);
  const auto text = normal(options_.batch * kTokens * config_.unet.cross_attention_dim);
  const auto sample = normal(options_.batch * side_ * side_ * config_.unet.in_channels);
  std::vector<float> noise(static_cast<std::size_t>(options_.batch * side_ * side_ * config_.unet.out_channels));
  const float timesteps[] = {501};
  const auto prepare = [&] { plan->prepare(workspace, {{"encoder_hidden_states", text}}, {{"timestep", timesteps}}); };
  const auto run = [&] { plan->run(workspace, 0, {{"sample", sample}}, {{"noise_pred", noise}}); };
  prepare();
  print_figure(options_, "prepare", "", Unit::seconds, repeat(options_.repeat, prepare));
  run();
  print_figure(options_, "step", "", Unit::seconds, repeat(options_.repeat, run));
  if (!options_.profile) return;
  Profile profile;
  profile.watch(workspace);
  (void)repeat(options_.repeat, run);
  profile.print(options_, options_.repeat);
}

void Bench::decode() {
  const auto component = vae(models::random_checkpoint(models::parameter_shapes(config_.vae)));
  const auto plan = component->plan(vae_shape());
  runtime::Workspace workspace(plan);
  const auto latents = normal(side_ * side_ * config_.vae.latent_channels);
  std::vector<float> images(static_cast<std::size_t>(options_.size * options_.size * config_.vae.out_channels));
  const auto run = [&] { plan->run(workspace, 0, {{"latents", latents}}, {{"images", images}}); };
  run();
  print_figure(options_, "decode", "", Unit::seconds, repeat(options_.repeat, run));
  if (!options_.profile) return;
  Profile profile;
  profile.watch(workspace);
  (void)repeat(options_.repeat, run);
  profile.print(options_, options_.repeat);
}

/// From weights in memory to three plans: graphs, passes, primitives, packing.
void Bench::load() {
  const auto unet_weights = models::random_checkpoint(models::parameter_shapes(config_.unet));
  const auto text_weights = models::random_checkpoint(models::parameter_shapes(config_.text_encoder));
  const auto vae_weights = models::random_checkpoint(models::parameter_shapes(config_.vae));
  const auto compile = [&] {
    (void)unet(unet_weights)->plan(unet_shape());
    (void)text_encoder(text_weights)->plan({options_.batch, 0, 0});
    (void)vae(vae_weights)->plan(vae_shape());
  };
  print_figure(options_, "load", "", Unit::seconds, repeat(1, compile));
}

/// A LoRA on every projection of attention, in peft's names and f16, of the bench's rank.
std::filesystem::path Bench::write_adapter(const Component& component, const std::string& name) {
  std::map<std::string, Tensor> tensors;
  const auto add = [&](const std::string& key, const Shape& shape) {
    const auto values = normal(element_count(shape));
    auto bits = std::make_shared<std::vector<std::uint16_t>>();
    for (const float value : values) bits->push_back(f32_to_f16(value * 0.02f));
    tensors[key] = Tensor(DType::f16, shape, std::as_bytes(std::span(*bits)), bits);
  };
  for (const graph::Slot& slot : component.slots()) {
    if (slot.name.find(".attn") == std::string::npos) continue;
    add(slot.name + ".lora_A.weight", {options_.rank, slot.in});
    add(slot.name + ".lora_B.weight", {slot.out, options_.rank});
  }
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / fmt::format("veneer-bench-{}-{}.safetensors", ::getpid(), name);
  checkpoint::write_safetensors(path, tensors);
  return path;
}

constexpr std::pair<AdapterMode, std::string_view> kModes[] = {
    {AdapterMode::automatic, "auto"}, {AdapterMode::merge, "merge"}, {AdapterMode::branch, "branch"}};
constexpr adapters::Workload kWorkload{};

/// Both adapters have been used: from the file's name to the binding, through the cache.
void Bench::time_resident(const Component& component, const std::vector<std::filesystem::path>& files) {
  adapters::AdapterCache cache(std::size_t{16} << 30);
  std::size_t turn = 0;
  const auto bind = [&] {
    const auto adapter = cache.adapter(files[turn++ % files.size()]);
    adapters::check_fits(*adapter, component.name(), component.slots());
    const auto key = to_string(adapter->content_hash);
    (void)cache.binding(key, [&] {
      const adapters::WeightedAdapter one[] = {{adapter, 1.0f}};
      return adapters::bind(one, component.name(), component.slots(), component.weights(), AdapterMode::automatic,
                            kWorkload);
    });
  };
  (void)repeat(static_cast<int>(files.size()), bind);
  print_figure(options_, "swap", fmt::format("resident attn{}", options_.rank), Unit::microseconds,
               repeat(100 * options_.repeat, bind));
}

/// Neither adapter nor binding is in memory, but the file is in the system's page cache.
void Bench::time_from_file(const Component& component, const std::vector<std::filesystem::path>& files) {
  for (const auto& [mode, mode_name] : kModes) {
    std::size_t turn = 0;
    std::shared_ptr<const runtime::AdapterBinding> binding;
    const auto bind = [&, mode = mode] {
      const adapters::WeightedAdapter one[] = {{adapters::read_adapter(files[turn++ % files.size()]), 1.0f}};
      binding = adapters::bind(one, component.name(), component.slots(), component.weights(), mode, kWorkload);
    };
    bind();
    print_figure(options_, "swap", fmt::format("file attn{} {}", options_.rank, mode_name), Unit::microseconds,
                 repeat(options_.repeat, bind));
  }
}

void Bench::swap() {
  const auto component = unet(models::random_checkpoint(models::parameter_shapes(config_.unet)));
  (void)component->plan(unet_shape());
  const std::vector<std::filesystem::path> files = {write_adapter(*component, "a"), write_adapter(*component, "b")};
  const std::shared_ptr<void> removed(nullptr, [&](void*) {
    std::error_code ignored;
    for (const auto& file : files) std::filesystem::remove(file, ignored);
  });
  time_resident(*component, files);
  time_from_file(*component, files);
}

}  // namespace

void add_bench(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("bench", "Time one part of a pipeline on random weights of a model's shape; JSON lines out.");
  command
      ->add_option("WHAT", options->what,
                   "step: one evaluation of the unet; decode: latents to picture; swap: adapter to binding; load: "
                   "weights in memory to compiled plans.")
      ->required()
      ->type_name("")
      ->check(one_of({"step", "decode", "swap", "load"}));
  command->add_option("--config", options->config, "sd15 or sd21 (default: sd15).")
      ->type_name("NAME")
      ->check(one_of(models::config_names()));
  const auto number = [&](const std::string& name, auto& value, const std::string& help, std::int64_t most) {
    command->add_option(name, value, help)->type_name("N")->check(whole_number(1, most));
  };
  number("--size", options->size, "Pixels along a side, a multiple of 64 (default: 512).", 4096);
  number("--batch", options->batch, "Samples in one evaluation; guidance takes 2 a picture (default: 1).", 64);
  number("--rank", options->rank, "Of the adapters that swap makes (default: 16).", 1024);
  number("--threads", options->threads, "Threads to compute on (default: all cores).", 4096);
  number("--repeat", options->repeat, "How often to measure (default: 5; resident swaps 100 times as often).", 10000);
  command
      ->add_option_function<std::string>(
          "--precision",
          [](const std::string& text) {
            if (text != "auto" && text != "f32") fail_usage("--precision: expected auto or f32, got \"{}\"", text);
          },
          "f32 or auto, which is f32 (default).")
      ->type_name("TYPE");
  command->add_flag("--profile", options->profile, "With step and decode: also print the time by kind of operation.");
  command->callback([options, &run] {
    run = [options] {
      if (options->size % 64 != 0) fail_usage("--size: expected a multiple of 64, got {}", options->size);
      Bench bench(*options);
      if (options->what == "step") bench.step();
      if (options->what == "decode") bench.decode();
      if (options->what == "swap") bench.swap();
      if (options->what == "load") bench.load();
      return 0;
    };
  });
}

}  // namespace veneer::cli
