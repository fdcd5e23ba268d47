// Everything that is made while requests run, made side by side: plans compiled and evicted, weights packed, adapters
// read, bindings made and driven out, threads lent. Under ThreadSanitizer too.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "adapters/cache.h"
#include "base/error.h"
#include "checkpoint/safetensors.h"
#include "pipelines/pipeline.h"
#include "support/golden.h"
#include "support/scratch.h"

namespace veneer::pipelines {
namespace {

using testing_support::golden_path;
using testing_support::identical;
using testing_support::ScratchFolder;

Tensor random_tensor(Shape shape, std::mt19937& random) {
  std::normal_distribution<float> normal(0, 0.1f);
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = normal(random);
  return Tensor::from_f32(std::move(shape), std::move(values));
}

/// An adapter of rank 2 on every layer with 3x3 kernels and every attention.
void write_adapter(const std::filesystem::path& path, std::span<const graph::Slot> slots, unsigned seed) {
  std::mt19937 random(seed);
  std::map<std::string, Tensor> tensors;
  for (const graph::Slot& slot : slots) {
    const bool kernel = slot.kernel_height > 1;
    if (!kernel && slot.name.find("attn") == std::string::npos) continue;
    tensors[slot.name + ".lora_A.weight"] =
        random_tensor(kernel ? Shape{2, slot.in, slot.kernel_height, slot.kernel_width} : Shape{2, slot.in}, random);
    tensors[slot.name + ".lora_B.weight"] =
        random_tensor(kernel ? Shape{slot.out, 2, 1, 1} : Shape{slot.out, 2}, random);
  }
  checkpoint::write_safetensors(path, tensors);
}

TEST(SideBySide, RequestsOfManySizesAndAdaptersOnAColdPipeline) {
  const ScratchFolder folder;
  Options options;
  options.threads = 3;
  options.team = 1;
  options.adapter_cache_bytes = 1 << 18;  // a few bindings
  const auto pipeline = [&] { return std::make_unique<Pipeline>(golden_path("tiny/sd1"), options); };
  const auto reference = pipeline();
  std::vector<std::filesystem::path> adapters;
  for (unsigned i = 0; i < 3; ++i) {
    adapters.push_back(folder.path() / (std::to_string(i) + ".safetensors"));
    write_adapter(adapters.back(), reference->slots(), i);
  }
  const auto picture = [&](Pipeline& on, std::size_t i) {
    Request request{.prompt = "apple", .seed = i, .num_inference_steps = 1, .guidance_scale = 1};
    request.width = 8 + 8 * static_cast<std::int64_t>(i % 3);
    request.height = 8;
    if (i % 4 != 3) request.adapters = {{on.load_adapter(adapters[i % 4]), 0.5f + static_cast<float>(i % 2)}};
    return on.generate(request).latents;
  };
  constexpr std::size_t kRequests = 12;
  std::vector<Tensor> alone, together(kRequests);
  for (std::size_t i = 0; i < kRequests; ++i) alone.push_back(picture(*reference, i));

  const auto cold = pipeline();  // nothing packed, nothing compiled
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (std::size_t i = next++; i < kRequests; i = next++) together[i] = picture(*cold, i);
    });
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < kRequests; ++i) EXPECT_TRUE(identical(together[i], alone[i])) << "request " << i;
  EXPECT_EQ(cold->statistics().weights_packed, reference->statistics().weights_packed);
}

/// One linear layer [batch, 16]; its plans are evicted as others are asked for.
TEST(SideBySide, PlansAreCompiledEvictedAndRun) {
  const ScratchFolder folder;
  std::mt19937 random(1);
  const auto file = folder.path() / "model.safetensors";
  checkpoint::write_safetensors(file, {{"layer.weight", random_tensor({16, 16}, random)}});
  const auto threads = std::make_shared<ThreadBudget>(3);
  Component component(
      "tiny", checkpoint::Checkpoint::open(file),
      [](const checkpoint::Checkpoint& weights, const PlanShape& shape) {
        graph::Graph graph;
        const auto x = graph.input("x", DType::f32, {shape.batch, 16}, graph::Rate::latent);
        const graph::Parameter weight{"tiny.layer.weight", weights.at("layer.weight")};
        graph.output("y", graph.add(graph::Linear{{{"tiny.layer", weight, std::nullopt}}}, {x}, "layer"));
        return graph;
      },
      PlanShape{1, 0, 0}, {threads, 1, {}});
  adapters::AdapterCache cache(4096);
  std::atomic<int> cancelled = 0;
  std::vector<std::thread> requests;
  for (std::size_t t = 0; t < 4; ++t)
    requests.emplace_back([&, t] {
      for (std::size_t i = 0; i < 40; ++i) {
        std::stop_source stop;
        if (i % 8 == t) stop.request_stop();  // one that leaves as soon as it would have to wait
        try {
          const auto batch = static_cast<std::int64_t>(1 + (i * 7 + t * 5) % (2 * Component::kMostPlans));
          const auto plan = component.plan({batch, 0, 0}, stop.get_token());
          const auto workspace = component.workspace(plan, stop.get_token());
          const auto binding = cache.binding(
              std::to_string(i % 3),
              [&] {
                const ThreadLease lease(*threads, 1, stop.get_token());
                runtime::SlotDelta delta;
                delta.slot = component.weights().find_slot("tiny.layer").value();
                delta.terms = {{Tensor::from_f32({1, 16}, std::vector<float>(16, 0.1f)),
                                Tensor::from_f32({16, 1}, std::vector<float>(16, static_cast<float>(i % 3))), 1.0f}};
                return runtime::AdapterBinding::make(component.weights(), std::span(&delta, 1));
              },
              stop.get_token());
          const std::vector<float> x(static_cast<std::size_t>(batch * 16), 1.0f);
          std::vector<float> y(x.size());
          const runtime::AdapterBinding* const one[] = {binding.get()};
          plan->run(*workspace, 0, {{"x", x}}, {{"y", y}}, one);
          for (std::size_t row = 1; row < static_cast<std::size_t>(batch); ++row)
            ASSERT_EQ(y[row * 16], y[0]) << "row " << row;
        } catch (const Error& error) {
          ASSERT_EQ(error.code(), ErrorCode::cancelled) << error.what();
          ++cancelled;
        }
      }
    });
  for (auto& request : requests) request.join();
  EXPECT_LE(cancelled, 20);
  EXPECT_EQ(component.weights().times_packed(), 1);
  EXPECT_GT(component.plans_compiled(), static_cast<int>(Component::kMostPlans)) << "some were to be evicted";
}

}  // namespace
}  // namespace veneer::pipelines
