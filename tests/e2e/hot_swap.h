// What the tests of swapping share: adapters of random values for a pipeline's slots, and the fixture.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>
#include <string>

#include "adapters/read_adapter.h"
#include "checkpoint/safetensors.h"
#include "pipelines/pipeline.h"
#include "support/configuration.h"
#include "support/golden.h"
#include "support/scratch.h"

namespace veneer::pipelines {

using adapters::AdapterMode;
using testing_support::close;
using testing_support::golden_path;
using testing_support::identical;
using testing_support::ScratchFolder;

using Tensors = std::map<std::string, Tensor>;

inline Tensor random_tensor(Shape shape, float scale, std::mt19937& random) {
  std::normal_distribution<float> normal(0, scale);
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = normal(random);
  return Tensor::from_f32(std::move(shape), std::move(values));
}

/// Adds an adapter's two tensors for one slot, in peft's names.
inline void add_delta(Tensors& tensors, const graph::Slot& slot, std::int64_t rank, std::mt19937& random) {
  const bool kernel = slot.kernel_height > 1;
  Shape down = {rank, slot.in}, up = {slot.out, rank};
  if (kernel) {
    down.insert(down.end(), {slot.kernel_height, slot.kernel_width});
    up.insert(up.end(), {1, 1});
  }
  tensors[slot.name + ".lora_A.weight"] = random_tensor(down, 0.1f, random);
  tensors[slot.name + ".lora_B.weight"] = random_tensor(up, 0.3f / static_cast<float>(rank), random);
}

enum class Layers { attention, convolutions, all };

inline bool chosen(const graph::Slot& slot, Layers layers) {
  const bool attention = slot.name.find("attn") != std::string::npos;
  return layers == Layers::all || (layers == Layers::attention ? attention : slot.kernel_height > 1);
}

class HotSwap : public testing::Test {
 protected:
  explicit HotSwap(const std::string& model = "tiny/sd1") : pipeline_(golden_path(model), configuration().options) {
    testing_support::make_before(pipeline_, configuration().before);
  }

  std::filesystem::path write_adapter(const std::string& name, std::int64_t rank, Layers layers) {
    std::mt19937 random(static_cast<unsigned>(rank));
    Tensors tensors;
    for (const graph::Slot& slot : pipeline_.slots())
      if (chosen(slot, layers)) add_delta(tensors, slot, rank, random);
    const auto path = folder_.path() / (name + ".safetensors");
    checkpoint::write_safetensors(path, tensors);
    return path;
  }

  AdapterSet set(const std::filesystem::path& path, float weight = 1) {
    return {{pipeline_.load_adapter(path), weight}};
  }

  static Request request(AdapterSet adapters, AdapterMode mode = AdapterMode::automatic) {
    Request result{
        .prompt = "red apple", .seed = 3, .num_inference_steps = 2, .guidance_scale = 3, .width = 16, .height = 16};
    result.adapters = std::move(adapters);
    result.adapter_mode = mode;
    return result;
  }
  Tensor picture(AdapterSet adapters, AdapterMode mode = AdapterMode::automatic) {
    return pipeline_.generate(request(std::move(adapters), mode)).latents;
  }

  static testing_support::Configuration configuration() {
    Options result;
    result.threads = 2;
    result.team = 1;
    result.adapter_cache_bytes = 1 << 20;  // less than the bindings of all adapters of these tests
    return testing_support::configured(result);
  }

  ScratchFolder folder_;
  Pipeline pipeline_;
};

}  // namespace veneer::pipelines
