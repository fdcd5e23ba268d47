// From prompt to pictures, for every family of models.
//
//   Pipeline pipeline("models/demo", {});
//   auto ink = pipeline.load_adapter("ink.safetensors");
//   auto result = pipeline.generate({.prompt = "red apple", .adapters = {{ink, 1.0f}}});
//
// A pipeline is compiled once for each size that is asked for and then only read: any number of threads may generate at
// the same time, each with adapters of its own. What an adapter changes is a binding that a request holds; the weights
// are never written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/cache.h"
#include "base/json.h"
#include "graph/slots.h"
#include "pipelines/family.h"
#include "pipelines/request.h"
#include "schedulers/scheduler.h"

namespace veneer::pipelines {

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

class Pipeline {
 public:
  /// `folder` is a diffusers folder (model_index.json), of a family that open_family() knows. Weights are mapped, not
  /// read. Throws Error not_found, corrupt_file or unsupported (what the folder asks for and is not implemented, by
  /// name).
  Pipeline(const std::filesystem::path& folder, const Options& options);

  /// Reads an adapter, or finds it in the cache, and checks that every tensor of it fits this pipeline.
  std::shared_ptr<const adapters::Adapter> load_adapter(const std::filesystem::path& path);

  /// Throws Error invalid_argument for a request that makes no sense, cancelled, and what load and bind throw. A
  /// request that fails leaves nothing behind.
  Result generate(const Request& request);

  /// What schedulers::make_scheduler gets for a request with this scheduler (empty: the model's own), as the family's
  /// pipeline in diffusers has it: the class is model_index.json's, and StableDiffusionPipeline's corrections are made.
  [[nodiscard]] Json scheduler_config(std::string_view scheduler) const;

  [[nodiscard]] Statistics statistics() const;
  [[nodiscard]] const std::string& family() const { return family_.name; }          ///< "Stable Diffusion"
  [[nodiscard]] std::int64_t default_size() const { return family_.default_size; }  ///< pixels along a side
  [[nodiscard]] float default_guidance_scale() const { return family_.default_guidance_scale; }
  /// All slots that an adapter can act on, in order of name within each component.
  [[nodiscard]] std::vector<graph::Slot> slots() const;

 private:
  using Bindings = std::vector<std::shared_ptr<const runtime::AdapterBinding>>;
  /// Of each adaptable component: a binding an image, or one for all of them.
  using Bound = std::vector<Bindings>;

  [[nodiscard]] Request checked(Request request) const;
  std::shared_ptr<const runtime::AdapterBinding> bind(const Component& component, const AdapterSet& set,
                                                      const Request& request);
  Bound bind(const Request& request, std::span<const AdapterSet> sets);
  void compile(const Request& request) const;
  std::vector<float> denoise(const Request& request, schedulers::Scheduler& scheduler,
                             const std::map<std::size_t, Bound>& bound, Result& result) const;
  [[nodiscard]] ImageSize latent_size(const Request& request) const;

  std::shared_ptr<ThreadBudget> threads_;
  runtime::CompileOptions compile_options_;
  Family family_;
  adapters::AdapterCache cache_;
};

}  // namespace veneer::pipelines
